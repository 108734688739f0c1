import { SECOND } from '#domain/core/time.ts';

/** Milliseconds before the first retry of failed work, and the most before any retry. */
const [FIRST_RETRY, LAST_RETRY] = [SECOND / 5, 30 * SECOND];

/**
 * Returns the pause before the next attempt, milliseconds. It doubles with each attempt, up to 30 s. At least half of it is
 * fixed, so that failing work does not retry continuously.
 *
 * @param attempts number of attempts that have failed in succession
 * @param random a number in [0, 1), which spreads the retries of several processes
 */
export function pauseBeforeRetry(attempts: number, random: number): number {
  const longest = Math.min(LAST_RETRY, FIRST_RETRY * 2 ** (attempts - 1));
  return (longest / 2) * (1 + random);
}
