import { hourOfWeek, WEEK_HOURS, weeklySeasonality } from '../../../behaviours/seasonality.ts';

/** Countries, with their share of the agents and their offset from UTC in hours. */
export const COUNTRIES = [
  { code: 'US', share: 0.3, offset: -6 },
  { code: 'BR', share: 0.12, offset: -3 },
  { code: 'GB', share: 0.12, offset: 0 },
  { code: 'DE', share: 0.12, offset: 1 },
  { code: 'SE', share: 0.08, offset: 1 },
  { code: 'NG', share: 0.08, offset: 1 },
  { code: 'IN', share: 0.12, offset: 5 },
  { code: 'JP', share: 0.06, offset: 9 },
] as const;

/** Returns an agent's country as an index into COUNTRIES. @param point uniform in [0, 1) */
export function countryAt(point: number): number {
  let sum = 0;
  const found = COUNTRIES.findIndex(({ share }) => {
    sum += share;
    return point < sum;
  });
  return found < 0 ? COUNTRIES.length - 1 : found;
}

export const codeOf = (country: number): string => COUNTRIES[country]?.code ?? COUNTRIES[0].code;

/**
 * Returns the expected sessions of an agent who has one session a week, by country and by hour of the week in UTC.
 *
 * Shape   COUNTRIES × WEEK_HOURS, row by row; each row sums to 1
 *
 * @param hasRhythm false spreads the sessions evenly over the week
 */
export function sessionRates(hasRhythm: boolean): Float32Array {
  const rates = new Float32Array(COUNTRIES.length * WEEK_HOURS);
  for (const [country, { offset }] of COUNTRIES.entries()) {
    for (let hour = 0; hour < WEEK_HOURS; hour++) {
      const local = (hour + offset + WEEK_HOURS) % WEEK_HOURS;
      rates[country * WEEK_HOURS + hour] = hasRhythm ? weeklySeasonality(local) : 1 / WEEK_HOURS;
    }
  }
  return rates;
}

/**
 * Returns the UTC hour of the week of an hour since the start of the universe.
 *
 * @param startAt UTC epoch milliseconds
 */
export const weekHourAt = (startAt: number, hour: number): number => (hourOfWeek(startAt) + hour) % WEEK_HOURS;
