import { HOUR } from '#domain/core/time.ts';

/**
 * Share of a day's sessions that start in each local hour: a low night, a lunch bump, an evening peak.
 *
 * Source  Yu, Zheng, Zhao, Zheng 2006, "Understanding user behavior in large-scale video-on-demand systems": one bump at
 *         noon, one peak in the evening, fuller weekends; sessions as a Poisson process under such cycles: Malmgren et al.
 *         2008, "A Poissonian explanation for heavy tails in e-mail communication"
 */
const DAY_SHAPE = [
  0.022, 0.012, 0.008, 0.006, 0.006, 0.008, 0.014, 0.022, 0.028, 0.03, 0.032, 0.036, 0.044, 0.042, 0.038, 0.04, 0.046,
  0.058, 0.076, 0.098, 0.112, 0.104, 0.074, 0.044,
];
const DAY_TOTAL = DAY_SHAPE.reduce((sum, share) => sum + share, 0);
/** Monday first; mean 1. */
const WEEK_SHAPE = [0.9, 0.88, 0.9, 0.94, 1.1, 1.18, 1.1];
const HOURS = 24;
export const WEEK_HOURS = 7 * HOURS;
/** 1970-01-01 was a Thursday. */
const EPOCH_WEEKDAY = 3;

/** Hours since Monday, 00:00, 0 to 167. @param localTime epoch milliseconds of the clock on the wall */
export const hourOfWeek = (localTime: number): number =>
  (Math.floor(localTime / HOUR) + EPOCH_WEEKDAY * HOURS) % WEEK_HOURS;

/** Expected sessions in one hour of the week of an agent who has one session a week. Sums to 1 over the week. */
export function weeklySeasonality(hour: number): number {
  const ofDay = (DAY_SHAPE[hour % HOURS] ?? 0) / DAY_TOTAL;
  const ofWeek = (WEEK_SHAPE[Math.floor(hour / HOURS)] ?? 1) / WEEK_SHAPE.length;
  return ofDay * ofWeek;
}
