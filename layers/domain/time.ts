/** Durations and calendar arithmetic on UTC epoch milliseconds. */
export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const WEEK = 7 * DAY;

/** The clock as a port: UTC epoch milliseconds. A simulated run supplies the universe's clock. */
export type Now = () => number;

/** Start of the UTC hour that holds `at`. */
export const hourOf = (at: number): number => Math.floor(at / HOUR) * HOUR;
