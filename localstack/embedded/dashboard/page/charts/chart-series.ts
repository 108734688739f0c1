import type { HourPoint } from '../../messages.ts';

const SMOOTH_HOURS = 24;

/** One value per hour; null where there is nothing to say. */
export type Series = readonly (number | null)[];

/** Simulated time as the charts want it: seconds. */
export const times = (hours: readonly HourPoint[]): number[] => hours.map(({ at }) => at / 1_000);

/** Plays per session under a policy over the last simulated day up to each hour: days and nights differ too much. */
export function playsPerSession(hours: readonly HourPoint[], policy: string): Series {
  let [sessions, plays] = [0, 0];
  return hours.map(({ policies }, i) => {
    sessions += policies[policy]?.sessions ?? 0;
    plays += policies[policy]?.plays ?? 0;
    const leaving = hours[i - SMOOTH_HOURS]?.policies[policy];
    sessions -= leaving?.sessions ?? 0;
    plays -= leaving?.plays ?? 0;
    return sessions === 0 ? null : plays / sessions;
  });
}

export const policiesIn = (hours: readonly HourPoint[]): string[] =>
  [...new Set(hours.flatMap(({ policies }) => Object.keys(policies)))].sort();

/** The last value that says something. */
export const latest = (series: Series): number | undefined => series.findLast((value) => value !== null) ?? undefined;
