import type { HourPoint } from '../../live-message-types.ts';

const SMOOTH_HOURS = 24;

/** One value per hour; null if there is none. */
export type Series = readonly (number | null)[];

/** Returns simulated times in seconds, the unit of the charts. */
export const times = (hours: readonly HourPoint[]): number[] => hours.map(({ at }) => at / 1_000);

/**
 * Returns plays per session under a policy, averaged over the 24 hours up to each hour, because rates differ between
 * day and night.
 */
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

/** Returns the last value that is not null. */
export const latest = (series: Series): number | undefined => series.findLast((value) => value !== null) ?? undefined;
