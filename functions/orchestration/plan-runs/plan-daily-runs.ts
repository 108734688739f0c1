import { z } from 'zod';
import { BrickError } from '#domain/core/errors.ts';
import { DAY, dayOf } from '#domain/core/time.ts';
import type { PipelineInput } from '#domain/models/pipeline-run.ts';

const Day = z.iso.date();

/** Input of a backfill: days, first and last inclusive, UTC; or the time of a schedule, for the day before it. */
export const Range = z.union([
  z.strictObject({ from: Day, to: Day, seed: z.int().min(0).default(1), leaveOneOut: z.boolean().default(false) }),
  z.strictObject({ scheduledAt: z.iso.datetime({ offset: true }) }),
]);
export type Range = z.infer<typeof Range>;

/** A map within one execution of Step Functions has room for no more. */
export const MOST_DAYS = 366;
const LONGEST_ID = 80;

export class BadRange extends BrickError {
  override readonly code = 'BRICK_BAD_RANGE';
  constructor(what: string, why: string) {
    super({ what, why, fix: `Give {"from":"2026-01-01","to":"2026-01-31"}: days that are over, ${MOST_DAYS} at most` });
  }
}

/**
 * One run of the pipeline per day, in their order, each on what was known at the end of its day. Pure.
 *
 * @param name of the execution; a run's id is made of it, so that a second backfill of the same days runs anew
 * @param now UTC epoch ms. @throws BadRange
 */
export function planRuns(range: Range, name: string, now: number): PipelineInput[] {
  const { first, last, ...settings } = 'scheduledAt' in range ? dayBefore(range.scheduledAt) : between(range);
  const days = (last - first) / DAY + 1;
  if (days < 1) throw new BadRange(`the range ends ${1 - days} days before it begins`, '`from` is later than `to`');
  if (days > MOST_DAYS) throw new BadRange(`the range has ${days} days`, 'one backfill has no room for them');
  if (last + DAY > now) throw new BadRange(`${dayOf(last)} is not over`, 'what will be known at its end is not known');
  return Array.from({ length: days }, (_, i) => {
    const day = first + i * DAY;
    return {
      runId: `${dayOf(day)}-${name}`.replaceAll(/[^A-Za-z0-9-]/g, '-').slice(0, LONGEST_ID),
      asOf: day + DAY,
      ...settings,
    };
  });
}

const between = ({ from, to, seed, leaveOneOut }: Extract<Range, { from: string }>) => ({
  first: Date.parse(from),
  last: Date.parse(to),
  seed,
  leaveOneOut,
});

function dayBefore(scheduledAt: string) {
  const day = Math.floor(Date.parse(scheduledAt) / DAY) * DAY - DAY;
  return { first: day, last: day, seed: 1, leaveOneOut: false };
}
