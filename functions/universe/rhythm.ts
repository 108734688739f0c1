/** Share of a day's sessions that start in each local hour: a low night, a lunch bump, an evening peak. Sums to 1. */
const DAY_SHAPE = [
  0.022, 0.012, 0.008, 0.006, 0.006, 0.008, 0.014, 0.022, 0.028, 0.03, 0.032, 0.036, 0.044, 0.042, 0.038, 0.04, 0.046,
  0.058, 0.076, 0.098, 0.112, 0.104, 0.074, 0.044,
];
const TOTAL = DAY_SHAPE.reduce((sum, share) => sum + share, 0);
/** Monday first; mean 1. */
const WEEK_SHAPE = [0.9, 0.88, 0.9, 0.94, 1.1, 1.18, 1.1];
const HOURS = 24;
const DAYS = 7;

/**
 * Expected sessions in one hour of an agent who has one session a week.
 *
 * @param hour hours since the universe's start, a Monday at 00:00 UTC
 * @param offset the agent's offset from UTC, in hours
 */
export function rhythm(hour: number, offset: number): number {
  const local = hour + offset + DAYS * HOURS;
  const ofDay = DAY_SHAPE[local % HOURS] ?? 0;
  const ofWeek = WEEK_SHAPE[Math.floor(local / HOURS) % DAYS] ?? 1;
  return (ofDay / TOTAL) * (ofWeek / DAYS);
}
