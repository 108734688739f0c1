import { createHash } from 'node:crypto';
import { dayOf } from '#domain/core/time.ts';

/** Maximum length of a run's name in characters (PipelineInput). */
const LONGEST_NAME = 80;
/** Length of the hash that distinguishes long names, in hexadecimal digits. */
const HASH_DIGITS = 16;

/**
 * Returns the name of a day's pipeline run. A retry within an execution computes the same name, so it finds the run
 * that it has already started. Another execution computes other names, so it runs the same days again. A name that would be too
 * long ends with a hash of the execution's name instead.
 *
 * Never   is random or depends on a clock; is longer than 80 characters; has characters other than letters, digits and
 *         hyphens
 *
 * @param day start of the day, UTC epoch ms
 * @param execution name of the backfill's execution
 */
export function runName(day: number, execution: string): string {
  const name = `${dayOf(day)}-${execution}`.replaceAll(/[^A-Za-z0-9-]/g, '-');
  if (name.length <= LONGEST_NAME) return name;
  const hash = createHash('sha256').update(execution).digest('hex').slice(0, HASH_DIGITS);
  return `${name.slice(0, LONGEST_NAME - 1 - HASH_DIGITS)}-${hash}`;
}
