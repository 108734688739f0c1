/** Durations in milliseconds. */
export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const WEEK = 7 * DAY;

/** Returns the current time in UTC epoch milliseconds. In a simulated run, it is the time of the universe's clock. */
export type Now = () => number;

/** Returns the UTC day that contains a time, as YYYY-MM-DD. */
export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 'YYYY-MM-DD'.length);

/** Returns the start of the UTC hour that contains a time. */
export const hourOf = (at: number): number => Math.floor(at / HOUR) * HOUR;
