import { globSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkpoint } from '../../../stories/movie-recommender/06-orchestration/05-last-month-again/check.ts';

const SEED = 7;
const FOLDER = resolve(import.meta.dirname, '../wrong-files/06.5-nightly-schedule');

/** Files without a template: what the message names, its fix, and the line. */
const PROBLEMS: Readonly<Record<string, [what: RegExp, fix: RegExp, line: number]>> = {
  'class-instead-of-function': [/Class constructor nightly cannot be invoked/, /Fix this line/, 4],
  'default-export': [/exports no function named nightly/, /export function nightly/, 18],
  'imports-the-reference': [/imports '..\/..\/..\/..\/lib/, /Remove the import/, 1],
  'missing-brace': [/SyntaxError/, /Fix this line or the line before/, 24],
  'same-id-twice': [/already a Construct with name 'Nightly'/, /Fix this line/, 21],
};

const EVERY_NIGHT = /^starts the backfill every night/;
const DAY_BEFORE = /^runs the day before/;
const PERMISSIONS = /^allows the schedule to start only/;

/** Files that break a requirement: the first one, what was observed, and the place in the template. */
const FAILURES: Readonly<Record<string, [says: RegExp, got: RegExp, look: RegExp]>> = {
  'creates-nothing': [EVERY_NIGHT, /no schedule starts the backfill/, /^$/],
  'disabled-schedule': [EVERY_NIGHT, /, disabled/, /ScheduleExpression$/],
  'every-hour': [EVERY_NIGHT, /cron\(38 \* /, /ScheduleExpression$/],
  'hour-and-minute-swapped': [EVERY_NIGHT, /cron\(11 38 /, /ScheduleExpression$/],
  'hard-codes-the-hour': [EVERY_NIGHT, /cron\(0 3 /, /ScheduleExpression$/],
  'local-time': [EVERY_NIGHT, /in Europe\/Stockholm/, /ScheduleExpression$/],
  'flexible-window': [EVERY_NIGHT, /at any time of a flexible window/, /ScheduleExpression$/],
  'only-weekdays': [EVERY_NIGHT, /MON-FRI/, /ScheduleExpression$/],
  'rate-of-one-day': [EVERY_NIGHT, /rate\(1 day\)/, /ScheduleExpression$/],
  'range-instead-of-scheduled-time': [
    DAY_BEFORE,
    /rejects its input, because it takes .*; the input is {"from":/,
    /Resources\.Nightly/,
  ],
  'input-is-not-an-object': [DAY_BEFORE, /rejects its input.*; the input is 2027/, /Resources\.Nightly/],
  'no-input': [DAY_BEFORE, /rejects its input.*; the input is empty/, /Resources\.Nightly/],
  'input-of-a-request-is-an-object': [DAY_BEFORE, /an object, but StartExecution takes a string/, /Resources\.Nightly/],
  'misnamed-input-field': [DAY_BEFORE, /{"startedAt":/, /Resources\.Nightly/],
  'name-with-colons': [/^gives every night an execution/, /nightly-2027-01-01T11:38:00Z/, /Target\.Input$/],
  'anyone-may-assume-the-role': [PERMISSIONS, /\* may assume the role/, /AssumeRolePolicyDocument/],
  'role-without-permission': [PERMISSIONS, /NightlyRole\w+, may not start/, /Resources\.Nightly\.Properties/],
};

const checked = (name: string) => checkpoint.check(resolve(FOLDER, `${name}.ts`), SEED);

describe('a wrong file of step 06.5', () => {
  it('has an expected message', () => {
    const names = globSync('*', { cwd: FOLDER }).map((file) => basename(file, '.ts'));
    expect(names.sort()).toEqual([...Object.keys(PROBLEMS), ...Object.keys(FAILURES)].sort());
  });

  it.each(Object.entries(PROBLEMS))('is explained: %s', async (name, [what, fix, line]) => {
    const { outcome, requirements, problem } = await checked(name);
    expect({ outcome, requirements }).toEqual({ outcome: 'failed', requirements: [] });
    expect(problem).toMatchObject({ what: expect.stringMatching(what), fix: expect.stringMatching(fix), line });
    expect(problem?.why).toBeTruthy();
  });

  it.each(Object.entries(FAILURES))('fails a requirement: %s', async (name, [says, got, look]) => {
    const { outcome, requirements, problem } = await checked(name);
    expect({ outcome, problem }).toEqual({ outcome: 'failed', problem: undefined });
    const first = requirements.find(({ passed }) => !passed);
    expect(first?.says).toMatch(says);
    expect(first?.failedCase?.got).toMatch(got);
    expect(first?.failedCase?.look ?? '').toMatch(look);
    expect(first?.failedCase?.why).toBeTruthy();
  });
});
