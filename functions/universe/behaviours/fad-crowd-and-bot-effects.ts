import { PURPOSE } from '#domain/core/philox-random.ts';
import type { Scenario } from '#domain/universe/behaviours-and-scenario-schema.ts';
import { GENRES } from '#domain/worlds/films/genres.ts';

/** A period. `fromHour` counts hours since the start of the universe. */
type Period = { readonly fromHour: number; readonly hours: number };

/** Returns whether a period contains an hour. */
export const isWithin = (period: Period | undefined, hour: number): boolean =>
  period !== undefined && hour >= period.fromHour && hour < period.fromHour + period.hours;

/**
 * Returns the genre that a fad favours in this hour, and the amount that it adds to that genre's weight in every taste.
 */
export function fadAt(
  { fad }: Scenario,
  hour: number,
): { readonly genre: number; readonly strength: number } | undefined {
  return fad && isWithin(fad, hour) ? { genre: GENRES.indexOf(fad.genre), strength: fad.strength } : undefined;
}

/** Returns the factor by which a flash crowd increases every agent's visit rate in this hour; 1 outside it. */
export const crowdFactor = ({ flashCrowd }: Scenario, hour: number): number =>
  flashCrowd && isWithin(flashCrowd, hour) ? flashCrowd.factor : 1;

/** Returns whether the scenario makes the agent a bot. */
export const isBot = (
  { bots }: Scenario,
  uniform: (subject: number, tick: number, purpose: typeof PURPOSE.bot) => number,
  agent: number,
): boolean => bots !== undefined && uniform(agent, 0, PURPOSE.bot) < bots.share;
