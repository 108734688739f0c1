import { z } from 'zod';
import { BrickError } from '#domain/core/brick-error.ts';

const Day = z.iso.date();

/**
 * Input of a backfill: the first and the last day (UTC, both inclusive), or the time at which a schedule started it,
 * which selects the day before.
 */
export const Range = z.union([
  z.strictObject({ from: Day, to: Day, seed: z.int().min(0).default(1), leaveOneOut: z.boolean().default(false) }),
  z.strictObject({ scheduledAt: z.iso.datetime({ offset: true }) }),
]);
export type Range = z.infer<typeof Range>;

/** Maximum number of days of one backfill. More days would exceed the event history of one Step Functions execution. */
export const MOST_DAYS = 366;

export class BadRange extends BrickError {
  override readonly code = 'BRICK_BAD_RANGE';
  constructor(what: string, why: string) {
    super({
      what,
      why,
      fix: `Give a range of at most ${MOST_DAYS} days that have ended, such as {"from":"2026-01-01","to":"2026-01-31"}`,
    });
  }
}
