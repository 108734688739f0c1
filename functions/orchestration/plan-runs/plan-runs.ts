import { DAY, dayOf } from '#domain/core/time.ts';
import type { PipelineInput } from '#domain/models/pipeline-run-input-and-files.ts';
import { BadRange, MOST_DAYS, type Range } from './backfill-input-schema.ts';
import { runName } from './run-name.ts';

/**
 * Returns one run of the pipeline per day, oldest first. Each run uses the events that were known at the end of its
 * day.
 *
 * Unit    asOf: end of the day, UTC epoch ms
 * Never   uses events from after the end of a day; returns other names when it is called again with the same arguments
 *
 * @param name name of the backfill's execution
 * @param now UTC epoch ms
 * @throws BadRange
 */
export function planRuns(range: Range, name: string, now: number): PipelineInput[] {
  const { first, last, ...settings } = 'scheduledAt' in range ? dayBefore(range.scheduledAt) : between(range);
  const days = (last - first) / DAY + 1;
  const dates = `${dayOf(first)} to ${dayOf(last)}`;
  if (days < 1)
    throw new BadRange(`the range ${dates} ends ${1 - days} days before it begins`, '`from` is later than `to`');
  if (days > MOST_DAYS) throw new BadRange(`the range ${dates} has ${days} days`, `the limit is ${MOST_DAYS} days`);
  if (last + DAY > now)
    throw new BadRange(`the day ${dayOf(last)} has not ended`, 'events of that day may still arrive');
  return Array.from({ length: days }, (_, i) => {
    const day = first + i * DAY;
    return { runId: runName(day, name), asOf: day + DAY, ...settings };
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
