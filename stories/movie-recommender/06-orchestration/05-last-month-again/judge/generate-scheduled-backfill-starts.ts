import { createHash } from 'node:crypto';
import { DAY, HOUR, MINUTE } from '#domain/core/time.ts';
import {
  backfillDefinition,
  substitute,
} from '../../../../../functions/orchestration/read-state-machines-and-substitute-names.ts';
import type { Synthesis } from '../../../../academy/runners/cdk/protocol.ts';

/** One start of the schedule. */
export interface Night {
  /** Time for which the start was scheduled, ISO 8601. */
  readonly scheduledAt: string;
  readonly executionId: string;
  readonly attempt: number;
  /** Time at which the backfill really starts, UTC epoch milliseconds. */
  readonly startedAt: number;
}

export interface TimeOfDay {
  readonly hour: number;
  readonly minute: number;
}

const tag = (seed: number, name: string): string => createHash('sha256').update(`${seed}/${name}`).digest('hex');
const below = (seed: number, name: string, limit: number): number =>
  Number.parseInt(tag(seed, name).slice(0, 8), 16) % limit;

/** Returns the two times at which a check schedules the backfill. */
export const timesOf = (seed: number): { first: TimeOfDay; second: TimeOfDay } => ({
  // After midnight, so that a late start falls on the next day.
  first: { hour: below(seed, 'hour', 24), minute: 1 + below(seed, 'minute', 59) },
  second: { hour: below(seed, 'other hour', 24), minute: below(seed, 'other minute', 60) },
});

/** Days that are easy to get wrong: a new year, a leap day, and a change of the clocks in Europe. */
const SPECIAL = [Date.UTC(2027, 0, 1), Date.UTC(2028, 2, 1), Date.UTC(2026, 2, 29)];

/** Returns nights, each with a separate execution that starts on time. */
export function nightsOf(seed: number): readonly Night[] {
  const { hour, minute } = timesOf(seed).first;
  const random = [0, 1].map((i) => Date.UTC(2026, 1, 1) + below(seed, `night ${i}`, 300) * DAY);
  return [...SPECIAL, ...random].map((day, i) => {
    const at = day + hour * HOUR + minute * MINUTE;
    const hex = tag(seed, `execution ${i}`);
    const executionId = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
    return {
      scheduledAt: new Date(at).toISOString().replace('.000', ''),
      executionId,
      attempt: 1,
      startedAt: at + 900,
    };
  });
}

/** Delay of a start that is tried again: the next day, within the 24 hours for which EventBridge retries. */
const LATE = DAY - MINUTE;

/** Returns the same start, tried again much later. */
export const late = (night: Night): Night => ({
  ...night,
  attempt: 3,
  startedAt: night.startedAt + LATE,
});

const PIPELINE = 'arn:aws:states:eu-north-1:000000000000:stateMachine:pipeline';
const PLAN_RUNS = 'arn:aws:lambda:eu-north-1:000000000000:function:plan-runs';

export function synthesesOf(seed: number): Record<string, Synthesis> {
  const { first, second } = timesOf(seed);
  const definition = JSON.stringify(substitute(backfillDefinition(), { Pipeline: PIPELINE, PlanRuns: PLAN_RUNS }));
  const stackName = `Orchestration${tag(seed, 'stack').slice(0, 6)}`;
  const settings = (time: TimeOfDay) => [{ stackName, definition, time: { ...time } }];
  const now = Date.UTC(2025, 10, 1) + below(seed, 'now', 20) * DAY + 7 * HOUR;
  return {
    baseline: { args: settings(first), now, baseline: true },
    deployed: { args: settings(first), now },
    redeployed: { args: settings(first), now: now + 40 * DAY + 5 * HOUR },
    'other time': { args: settings(second), now },
  };
}
