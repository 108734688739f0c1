import middy from '@middy/core';
import { z } from 'zod';
import { type ObservedContext, observed } from '#adapters/lambda/observe-handler.ts';
import { HOUR } from '#domain/core/time.ts';
import type { Api } from '#domain/events/api-contract.ts';
import type { Ports } from '#ports/index.ts';
import { simulateHours } from '../engine/simulation-loop.ts';
import { EMPTY_SLATE, serviceSlate } from '../worlds/films/slate-requests.ts';
import { createUniverse } from '../worlds/films/universe.ts';

type ShardPorts = Pick<Ports, 'lake' | 'telemetry'> & { readonly api: Api };

/** One shard of agents and one hour: a pure function of these and of the slates it gets. */
export const ShardHour = z.object({
  seed: z.int().min(0),
  agents: z.int().min(1),
  titles: z.int().min(1),
  /** A whole hour, UTC epoch ms. */
  startAt: z.int().multipleOf(HOUR),
  /** Agents `from` up to, not including, `to`. */
  from: z.int().min(0),
  to: z.int().min(1),
  /** Hours since `startAt`; hours are lived in order. */
  hour: z.int().min(0),
});
export type ShardHour = z.infer<typeof ShardHour>;

export interface SimulatedShardHour {
  readonly hour: number;
  readonly sessions: number;
  readonly events: number;
}

/**
 * Lives one hour of one shard against the deployed service. What its agents remember is kept in the lake after each hour,
 * so that an hour that is tried again does the same again.
 */
export const simulateShardHour = ({ lake, api, telemetry }: ShardPorts) =>
  middy()
    .use(observed<ShardHour, SimulatedShardHour>(telemetry, 'live-shard'))
    .handler(async (input: unknown, { invocation }: ObservedContext): Promise<SimulatedShardHour> => {
      const { from, to, hour, ...size } = ShardHour.parse(input);
      const universe = createUniverse(size, { from, to });
      const memory = (hours: number) => `universe/${size.seed}-${size.startAt}/${from}-${to}/${hours}.bin`;
      const kept = hour > 0 ? await lake.get(memory(hour)) : undefined;
      if (kept) universe.restore(kept);
      let lived: SimulatedShardHour = { hour, sessions: 0, events: 0 };
      await simulateHours(
        {
          universe,
          api,
          respond: serviceSlate(api),
          duringOutage: EMPTY_SLATE,
          // The service has a clock of its own.
          setClock: () => {},
          checkpoint: (hoursDone) => lake.put(memory(hoursDone), universe.save()),
          settle: async () => {},
          onHour: ({ sessions, events }) => {
            lived = { hour, sessions: sessions.length, events };
          },
        },
        hour,
        hour + 1,
      );
      invocation.count('Sessions', lived.sessions);
      return lived;
    });
