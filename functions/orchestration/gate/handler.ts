import middy from '@middy/core';
import { type ObservedContext, observed } from '#adapters/lambda/observe-handler.ts';
import { modelRegistry } from '#model-registry/model-registry.ts';
import type { Ports } from '#ports/index.ts';
import { decide, type Verdict } from './decide-promotion.ts';

/** With the champion that the candidate was compared with: Promote takes the place of no other. */
export interface GateResult extends Verdict {
  readonly champion: string | null;
}

type GatePorts = Pick<Ports, 'registry' | 'models' | 'now' | 'telemetry'>;
interface GateInput {
  readonly runId: string;
  readonly evaluate: { readonly version: string };
}

/** State Gate: whether the run's version may become the champion. */
export const gate = (ports: GatePorts) =>
  middy()
    .use(observed<GateInput, GateResult>(ports.telemetry, 'gate'))
    .handler(
      async ({ runId, evaluate: { version } }: GateInput, { invocation }: ObservedContext): Promise<GateResult> => {
        const registry = modelRegistry(ports);
        const champion = await registry.alias('champion');
        const verdict = decide(await registry.manifest(version), champion?.version);
        invocation.info('gate decided', { runId, version, ...verdict });
        return { ...verdict, champion: champion?.version ?? null };
      },
    );
