import middy from '@middy/core';
import { z } from 'zod';
import { type ObservedContext, observed } from '#adapters/lambda/record-handler-metrics-and-correlation-id.ts';
import { BrickError } from '#domain/core/brick-error.ts';
import { HOUR } from '#domain/core/time.ts';
import type { Api } from '#domain/events/collect-and-recommend-contract.ts';
import type { Ports } from '#ports/index.ts';
import { simulateHours } from '../engine/simulation-loop.ts';
import { createUniverse } from '../worlds/films/create-universe.ts';
import { EMPTY_SLATE, serviceSlate } from '../worlds/films/request-slate-from-service-or-oracle.ts';

type ShardPorts = Pick<Ports, 'lake' | 'telemetry'> & { readonly api: Api };

/**
 * Input: one hour of one shard of agents. The result is a pure function of this input, of the agents' saved state and
 * of the slates.
 */
export const ShardHour = z.object({
  seed: z.int().min(0),
  agents: z.int().min(1),
  titles: z.int().min(1),
  /** Start of the universe, UTC epoch milliseconds: a multiple of one hour. */
  startAt: z.int().multipleOf(HOUR),
  /** The agents `from` up to, not including, `to`. */
  from: z.int().min(0),
  to: z.int().min(1),
  /** Hours since `startAt`. The hours of a shard must be simulated in order. */
  hour: z.int().min(0),
});
export type ShardHour = z.infer<typeof ShardHour>;

export interface SimulatedShardHour {
  readonly hour: number;
  readonly sessions: number;
  readonly events: number;
}

/** The state after the previous hour is not stored. */
class MissingShardState extends BrickError {
  override readonly code = 'BRICK_MISSING_SHARD_STATE';
  constructor(key: string, hour: number) {
    super({
      what: `the agents' state ${key} is missing, so hour ${hour} cannot be simulated`,
      why: `hour ${hour - 1} of this shard has not been simulated, or only with another seed, start or range of agents`,
      fix: 'Simulate the hours of the shard in order, from 0, with the same seed, start and range',
    });
  }
}

/**
 * Simulates one hour of one shard against the deployed service. Stores the agents' state in the lake after each hour,
 * so that a retry of an hour repeats the same events.
 *
 * @throws MissingShardState if the state after the previous hour is not stored: new agents would repeat their first hours
 */
export const simulateShardHour = ({ lake, api, telemetry }: ShardPorts) =>
  middy()
    .use(observed<ShardHour, SimulatedShardHour>(telemetry, 'live-shard'))
    .handler(async (input: unknown, { invocation }: ObservedContext): Promise<SimulatedShardHour> => {
      const { from, to, hour, ...size } = ShardHour.parse(input);
      const universe = createUniverse(size, { from, to });
      const stateKey = (hours: number) => `universe/${size.seed}-${size.startAt}/${from}-${to}/${hours}.bin`;
      if (hour > 0) {
        const saved = await lake.get(stateKey(hour));
        if (!saved) throw new MissingShardState(stateKey(hour), hour);
        universe.restore(saved);
      }
      let result: SimulatedShardHour = { hour, sessions: 0, events: 0 };
      await simulateHours(
        {
          universe,
          api,
          respond: serviceSlate(api),
          duringOutage: EMPTY_SLATE,
          // The deployed service uses its own clock.
          setClock: () => {},
          checkpoint: (hoursDone) => lake.put(stateKey(hoursDone), universe.save()),
          settle: async () => {},
          onHour: ({ sessions, events }) => {
            result = { hour, sessions: sessions.length, events };
          },
        },
        hour,
        hour + 1,
      );
      invocation.count('Sessions', result.sessions);
      return result;
    });
