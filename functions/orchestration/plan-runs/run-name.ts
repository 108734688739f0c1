import { dayOf } from '#domain/core/time.ts';

/** Maximum length of a run's name in characters (PipelineInput). */
const LONGEST_NAME = 80;

/**
 * Returns the name of a day's pipeline run. A retry within an execution computes the same name, so it finds the run
 * that it has already started. Another execution computes other names, so it runs the same days again.
 *
 * Never   is random or depends on a clock; is longer than 80 characters; has characters other than letters, digits and
 *         hyphens
 *
 * @param day start of the day, UTC epoch ms
 * @param execution name of the backfill's execution
 */
export const runName = (day: number, execution: string): string =>
  `${dayOf(day)}-${execution}`.replaceAll(/[^A-Za-z0-9-]/g, '-').slice(0, LONGEST_NAME);
