import middy from '@middy/core';
import { type ObservedContext, observed } from '#adapters/lambda/record-handler-metrics-and-correlation-id.ts';
import { modelRegistry } from '#model-registry/model-registry.ts';
import type { Ports } from '#ports/index.ts';
import { decidePromotion, type PromotionDecision } from './decide-promotion.ts';

export interface GateResult extends PromotionDecision {
  /** Champion at the time of the decision; null without a champion. State Promote replaces only this version. */
  readonly champion: string | null;
}

type GatePorts = Pick<Ports, 'registry' | 'models' | 'now' | 'telemetry'>;
interface GateInput {
  readonly runId: string;
  readonly evaluate: { readonly version: string };
}

/** Handles state Gate: decides whether the run's version may become the champion. */
export const gate = (ports: GatePorts) =>
  middy()
    .use(observed<GateInput, GateResult>(ports.telemetry, 'gate'))
    .handler(
      async ({ runId, evaluate: { version } }: GateInput, { invocation }: ObservedContext): Promise<GateResult> => {
        const registry = modelRegistry(ports);
        const champion = await registry.alias('champion');
        const decision = decidePromotion(await registry.manifest(version), champion?.version);
        invocation.info('gate decided', { runId, version, ...decision });
        return { ...decision, champion: champion?.version ?? null };
      },
    );
