import middy from '@middy/core';
import { type ObservedContext, observed } from '#adapters/lambda/record-handler-metrics-and-correlation-id.ts';
import type { AliasPointer } from '#domain/models/model-registry-items.ts';
import { modelRegistry } from '#model-registry/model-registry.ts';
import type { Ports } from '#ports/index.ts';
import type { GateResult } from '../gate/handler.ts';

type PromotePorts = Pick<Ports, 'registry' | 'models' | 'now' | 'telemetry'>;
interface PromoteInput {
  readonly runId: string;
  readonly evaluate: { readonly version: string };
  readonly gate: Pick<GateResult, 'reason' | 'champion'>;
}

/**
 * Handles state Promote: makes the run's version the champion. It replaces only the champion that the gate compared it
 * with: if another version has become the champion since, the state fails. Every file is verified again before the
 * alias points at the version.
 */
export const promote = (ports: PromotePorts) =>
  middy()
    .use(observed<PromoteInput, AliasPointer>(ports.telemetry, 'promote'))
    .handler(async ({ runId, evaluate: { version }, gate }: PromoteInput, { invocation }: ObservedContext) => {
      const registry = modelRegistry(ports);
      await registry.load(version);
      const change = { who: `pipeline ${runId}`, why: gate.reason, from: gate.champion };
      const pointer = await registry.setAlias('champion', version, change);
      invocation.count('Promoted');
      return pointer;
    });
