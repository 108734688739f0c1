import middy from '@middy/core';
import { type ObservedContext, observed } from '#adapters/lambda/observed.ts';
import { modelRegistry } from '#adapters/registry.ts';
import type { AliasPointer } from '#domain/registry.ts';
import type { Ports } from '#ports/index.ts';

type PromotePorts = Pick<Ports, 'registry' | 'models' | 'now' | 'telemetry'>;
interface PromoteInput {
  readonly runId: string;
  readonly evaluate: { readonly version: string };
  readonly gate: { readonly reason: string };
}

/** State Promote: the run's version becomes the champion. Every file is checked once more before anything points at it. */
export const promote = (ports: PromotePorts) =>
  middy()
    .use(observed<PromoteInput, AliasPointer>(ports.telemetry, 'promote'))
    .handler(async ({ runId, evaluate: { version }, gate }: PromoteInput, { invocation }: ObservedContext) => {
      const registry = modelRegistry(ports);
      await registry.load(version);
      const pointer = await registry.setAlias('champion', version, { who: `pipeline ${runId}`, why: gate.reason });
      invocation.count('Promoted');
      return pointer;
    });
