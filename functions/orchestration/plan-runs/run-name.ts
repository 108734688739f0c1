import { dayOf } from '#domain/core/time.ts';

/** Maximum length of a run's name in characters (PipelineInput). */
const LONGEST_NAME = 80;

/**
 * Returns the name of a day's run. A retry of the backfill's execution finds the run that it has started by this name. Another
 * execution gets other names, and runs the same days again.
 *
 * Never   random, or dependent on a clock; longer than 80 characters; with characters other than letters, digits and -
 *
 * @param day start of the day, UTC epoch ms
 * @param execution name of the backfill's execution
 */
export const runName = (day: number, execution: string): string =>
  `${dayOf(day)}-${execution}`.replaceAll(/[^A-Za-z0-9-]/g, '-').slice(0, LONGEST_NAME);
