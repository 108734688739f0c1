/** Durations and calendar arithmetic on UTC epoch milliseconds. */
export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const WEEK = 7 * DAY;

/** The clock as a port: UTC epoch milliseconds. A simulated run supplies the universe's clock. */
export type Now = () => number;

/** The UTC day that holds `at`, as YYYY-MM-DD. */
export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 'YYYY-MM-DD'.length);

/** Start of the UTC hour that holds `at`. */
export const hourOf = (at: number): number => Math.floor(at / HOUR) * HOUR;
