import { PURPOSE } from '#domain/core/random.ts';
import type { Scenario } from '#domain/universe/scenario.ts';
import { GENRES } from '#domain/worlds/films/genres.ts';

type Stretch = { readonly fromHour: number; readonly hours: number };

/** Whether a stretch of hours holds this one. */
export const isWithin = (stretch: Stretch | undefined, hour: number): boolean =>
  stretch !== undefined && hour >= stretch.fromHour && hour < stretch.fromHour + stretch.hours;

/** What a fad adds to the weight of each genre in every taste, at this hour. */
export function fadAt(
  { fad }: Scenario,
  hour: number,
): { readonly genre: number; readonly strength: number } | undefined {
  return fad && isWithin(fad, hour) ? { genre: GENRES.indexOf(fad.genre), strength: fad.strength } : undefined;
}

/** Factor on how often everybody comes, at this hour. */
export const crowdFactor = ({ flashCrowd }: Scenario, hour: number): number =>
  flashCrowd && isWithin(flashCrowd, hour) ? flashCrowd.factor : 1;

/** Whether the agent is a program. */
export const isBot = (
  { bots }: Scenario,
  uniform: (subject: number, tick: number, purpose: typeof PURPOSE.bot) => number,
  agent: number,
): boolean => bots !== undefined && uniform(agent, 0, PURPOSE.bot) < bots.share;
