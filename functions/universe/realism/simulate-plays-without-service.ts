import { createWorld } from '../worlds/films/create-universe.ts';
import { KIND } from '../worlds/films/events/event-column-arrays.ts';
import { wordOfMouthPolicy } from '../worlds/films/policies/baseline-policies.ts';
import { COUNTRIES } from '../worlds/films/population/countries-and-session-rates.ts';
import { simulate } from '../worlds/films/simulate-agents-with-baseline-policies.ts';
import type { UniverseSize } from '../worlds/films/world/world-data-ids-and-seen-titles.ts';
import type { Interactions } from './interaction-table-and-row-operations.ts';

const HOURS_PER_DAY = 24;

/**
 * Returns all plays of the first `days` days of a universe without the recommendation service, each with its rating if
 * it has one.
 */
export function simulatedInteractions(size: UniverseSize, days: number): Interactions {
  const world = createWorld(size);
  const rows: { users: number[]; items: number[]; ratings: number[]; times: number[] } = {
    users: [],
    items: [],
    ratings: [],
    times: [],
  };
  for (const { events } of simulate(world, 0, days * HOURS_PER_DAY, wordOfMouthPolicy)) {
    for (let row = 0; row < events.length; row++) {
      if (events.kind[row] !== KIND.play) continue;
      rows.users.push(events.agent[row] as number);
      rows.items.push(events.title[row] as number);
      // If a play has a rating, it is the next event. Rows from `length` on are left over from an earlier block.
      const isRated = row + 1 < events.length && events.kind[row + 1] === KIND.rate;
      rows.ratings.push(isRated ? (events.value[row + 1] as number) : Number.NaN);
      rows.times.push(events.at[row] as number);
    }
  }
  return {
    users: Uint32Array.from(rows.users),
    items: Uint32Array.from(rows.items),
    ratings: Float32Array.from(rows.ratings),
    times: Float64Array.from(rows.times),
    zones: Float32Array.from(rows.users, (agent) => COUNTRIES[world.agents.country[agent] as number]?.offset ?? 0),
  };
}
