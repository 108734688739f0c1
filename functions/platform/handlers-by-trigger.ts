import type { Context } from 'aws-lambda';
import type { Settings } from '#domain/core/recommendation-settings-types.ts';
import type { BatchSeams, Seams } from '#domain/events/all-bricks-seam-types.ts';
import type { Api } from '#domain/events/collect-and-recommend-contract.ts';
import type { Ports } from '#ports/index.ts';
import type { TriggerName } from '../triggers.ts';

/** Any of our Lambda handlers, as the runtime calls it. */
export type Invoke = (event: unknown, context: Context) => Promise<unknown>;

export interface Wiring {
  readonly ports: Ports;
  readonly settings: Settings;
  readonly seams: Seams & Partial<BatchSeams>;
  /** The service's API, for the universe. */
  readonly api: Api;
}

const as = (handler: unknown): Invoke => handler as Invoke;

/**
 * Trigger → handler. Each handler is imported on first use. The embedded runtime and tests use this table; on AWS, each
 * function has its own `index.ts`.
 */
export const handlers: Record<TriggerName, (wiring: Wiring) => Promise<Invoke>> = {
  'live-shard': async ({ ports, api }) =>
    as((await import('../universe/live-shard/handler.ts')).simulateShardHour({ ...ports, api })),
  'generate-shard': async ({ ports }) => as((await import('../universe/generate-shard/handler.ts')).generate(ports)),
  authorize: async () => as((await import('../access/authorize/handler.ts')).authorize(async () => 'anybody')),
  collect: async ({ ports, seams }) =>
    as((await import('../data-collection/collect/handler.ts')).collect({ ...ports, ...seams })),
  archive: async ({ ports }) => as((await import('../data-collection/archive/handler.ts')).archive(ports)),
  'await-archive': async ({ ports }) =>
    as((await import('../data-collection/await-archive/handler.ts')).awaitArchive(ports)),
  compact: async ({ ports }) => as((await import('../data-collection/compact/handler.ts')).compact(ports)),
  'update-online': async ({ ports }) =>
    as((await import('../feature-engineering/update-online/handler.ts')).updateOnline(ports)),
  'build-features': async ({ ports, seams }) => {
    const { buildFeatures } = await import('../feature-engineering/build-features/handler.ts');
    const current = () => seams.computeLabelledFeatures;
    return as(buildFeatures({ ...ports, learnersQuery: current }));
  },
  'refresh-online': async ({ ports }) =>
    as((await import('../feature-engineering/refresh-online/handler.ts')).refreshOnline(ports)),
  'check-parity': async ({ ports }) =>
    as((await import('../feature-engineering/check-parity/handler.ts')).checkParity(ports)),
  evaluate: async ({ ports }) => as((await import('../model-training/evaluate/handler.ts')).evaluate(ports)),
  recommend: async ({ ports, settings, seams: { exploreSlate, explore } }) =>
    as(
      (await import('../recommendation/recommend/handler.ts')).recommend({ ...ports, settings, exploreSlate, explore }),
    ),
  'watch-slo': async ({ ports }) => as((await import('../monitoring/watch-slo/handler.ts')).watchSlo(ports)),
  gate: async ({ ports }) => as((await import('../orchestration/gate/handler.ts')).gate(ports)),
  promote: async ({ ports }) => as((await import('../orchestration/promote/handler.ts')).promote(ports)),
  'plan-runs': async ({ ports }) => as((await import('../orchestration/plan-runs/handler.ts')).plan(ports)),
  'watch-canary': async ({ ports }) =>
    as((await import('../orchestration/watch-canary/handler.ts')).watchCanary(ports)),
};
