import middy from '@middy/core';
import { type ObservedContext, observed } from '#adapters/lambda/observe-handler.ts';
import type { AliasPointer } from '#domain/models/model-versions.ts';
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
 * State Promote: the run's version takes the place of the champion that the gate compared it with, and of no other that came
 * since. Every file is checked once more before anything points at it.
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
