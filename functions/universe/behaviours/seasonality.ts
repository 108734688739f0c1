import { HOUR } from '#domain/core/time.ts';

/**
 * Share of a day's sessions that start in each local hour: few at night, a small peak at noon, the greatest peak in the
 * evening.
 *
 * Source  Yu, Zheng, Zhao, Zheng 2006, "Understanding user behavior in large-scale video-on-demand systems": peaks at
 *         noon and in the evening, more sessions at weekends; Malmgren et al. 2008, "A Poissonian explanation for heavy
 *         tails in e-mail communication": sessions as a Poisson process whose rate follows such cycles
 */
const DAY_SHAPE = [
  0.022, 0.012, 0.008, 0.006, 0.006, 0.008, 0.014, 0.022, 0.028, 0.03, 0.032, 0.036, 0.044, 0.042, 0.038, 0.04, 0.046,
  0.058, 0.076, 0.098, 0.112, 0.104, 0.074, 0.044,
];
const DAY_TOTAL = DAY_SHAPE.reduce((sum, share) => sum + share, 0);
/** Sessions of each weekday relative to an average day, Monday first. */
const WEEK_SHAPE = [0.9, 0.88, 0.9, 0.94, 1.1, 1.18, 1.1];
const HOURS = 24;
export const WEEK_HOURS = 7 * HOURS;
/** Weekday of 1970-01-01, a Thursday; 0 is Monday. */
const EPOCH_WEEKDAY = 3;

/** Returns the hours since Monday 00:00, 0 to 167. @param localTime local time in epoch milliseconds */
export const hourOfWeek = (localTime: number): number =>
  (Math.floor(localTime / HOUR) + EPOCH_WEEKDAY * HOURS) % WEEK_HOURS;

/**
 * Returns the expected sessions of an agent in one hour of the week, if the agent has one session a week. The values of
 * all 168 hours sum to 1.
 */
export function weeklySeasonality(hour: number): number {
  const ofDay = (DAY_SHAPE[hour % HOURS] ?? 0) / DAY_TOTAL;
  const ofWeek = (WEEK_SHAPE[Math.floor(hour / HOURS)] ?? 1) / WEEK_SHAPE.length;
  return ofDay * ofWeek;
}
