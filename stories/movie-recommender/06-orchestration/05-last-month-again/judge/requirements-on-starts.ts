import { isDeepStrictEqual } from 'node:util';
import { DAY } from '#domain/core/time.ts';
import type { PipelineInput } from '#domain/models/pipeline-run-input-and-files.ts';
import { Range } from '../../../../../functions/orchestration/plan-runs/backfill-input-schema.ts';
import { planRuns } from '../../../../../functions/orchestration/plan-runs/plan-runs.ts';
import type { CdkRequirement, Finding, Template } from '../../../../academy/runners/cdk/cdk-checkpoint.ts';
import { parsed, resourcesOf, type Start, startsOf } from './find-scheduled-backfill-starts.ts';
import { late, type Night, type TimeOfDay } from './generate-scheduled-backfill-starts.ts';

const NONE = 'no schedule starts the backfill';

/** Returns a finding for a template without a start. */
const missing = (starts: readonly Start[], id: string, input: string, expected: string): Finding[] =>
  starts.length > 0 ? [] : [{ id, input, expected, got: NONE }];

export const startsEveryNight = ({ first, second }: { first: TimeOfDay; second: TimeOfDay }): CdkRequirement => ({
  says: 'starts the backfill every night at the given time',
  why: 'If the schedule drifts, or starts again with each deployment, some nights train no model.',
  findings: (template) =>
    [
      { id: 'deployed', time: first },
      { id: 'other time', time: second },
    ].flatMap(({ id, time }) => startAt(startsOf(template(id)), id, time)),
});

/** Fields of a cron expression after minute and hour: every day. */
const EVERY_DAY = ['* * ? *', '? * * *', '*/1 * ? *', '1/1 * ? *'];

function startAt(starts: readonly Start[], id: string, { hour, minute }: TimeOfDay): Finding[] {
  const input = `nightly(backfill, { hour: ${hour}, minute: ${minute} })`;
  const expected = `an enabled schedule with cron(${minute} ${hour} * * ? *), in UTC, at exactly this time`;
  if (starts.length === 0) return missing(starts, id, input, expected);
  const fits = ({ expression, timezone, isEnabled, isExact }: Start) => {
    // A minute or hour may have a leading zero.
    const [, at = '', rest = ''] = /^cron\(0?(\d{1,2} 0?\d{1,2}) (.*)\)$/.exec(expression) ?? [];
    return (
      isEnabled &&
      isExact &&
      /^(?:Etc\/)?(?:UTC|GMT)$/.test(timezone) &&
      at.split(' ').map(Number).join(' ') === `${minute} ${hour}` &&
      EVERY_DAY.includes(rest)
    );
  };
  if (starts.some(fits)) return [];
  const got = starts.map(
    ({ expression, timezone, isEnabled, isExact }) =>
      `${expression} in ${timezone}${isEnabled ? '' : ', disabled'}${isExact ? '' : ', at any time of a flexible window'}`,
  );
  return [{ id, input, expected, got: got.join(', and '), look: `${starts[0]?.path}.ScheduleExpression` }];
}

export const runsDaysInOrder: CdkRequirement = {
  says: 'runs the days one after another',
  why: 'The gate compares the candidate of a day with the champion of the day before. If two days run at the same time, both are compared with the same champion, and the last one to finish wins.',
  findings: (template) => {
    const [baseline, deployed] = [template('baseline'), template('deployed')];
    const starts = startsOf(deployed);
    const input = 'one night';
    const expected = 'one start of the backfill, whose Map keeps MaxConcurrency 1';
    if (starts.length === 0) return missing(starts, 'order', input, expected);
    const changed = changedResource(baseline, deployed);
    const look = changed && `Resources.${changed}.Properties`;
    const concurrency = maxConcurrencyOf(deployed);
    const got = `the construct changes ${changed}${concurrency === 1 ? '' : `: its Map has MaxConcurrency ${concurrency ?? 'without a limit'}`}`;
    return [
      ...(starts.length === 1
        ? []
        : [
            {
              id: 'order',
              input,
              expected,
              got: `${starts.length} starts: ${starts.map(({ expression }) => expression).join(', ')}`,
              look: starts[1]?.path,
            },
          ]),
      ...(changed ? [{ id: 'order', input, expected, got, look }] : []),
    ];
  },
};

/** Returns the first resource of the stack that the construct changes. */
function changedResource(baseline: Template, deployed: Template): string | undefined {
  const after = new Map(resourcesOf(deployed));
  return resourcesOf(baseline).find(([id, resource]) => !isDeepStrictEqual(after.get(id), resource))?.[0];
}

function maxConcurrencyOf(template: Template): unknown {
  const machine = resourcesOf(template).find(([, { Type }]) => Type === 'AWS::StepFunctions::StateMachine')?.[1];
  const text = machine?.Properties.DefinitionString;
  const definition = (typeof text === 'string' ? parsed(text) : undefined) as
    | { States?: { Days?: { MaxConcurrency?: number } } }
    | undefined;
  return definition?.States?.Days?.MaxConcurrency;
}

export const runsTheDayBefore = (nights: readonly Night[]): CdkRequirement => ({
  says: 'runs the day before, every night',
  why: 'If the day is fixed at the deployment, each nightly run processes that day again, and no model learns from yesterday.',
  findings: (template) => dayFindings(template('deployed'), nights, (night) => night, 'night'),
});

function dayFindings(
  template: Template,
  nights: readonly Night[],
  change: (night: Night) => Night,
  id: string,
): Finding[] {
  const starts = startsOf(template);
  const [start] = starts;
  return nights.flatMap((night, i) => {
    const changed = change(night);
    const again =
      changed.attempt > 1
        ? `, started at ${new Date(changed.startedAt).toISOString()} (attempt ${changed.attempt})`
        : '';
    const input = `the start for ${night.scheduledAt}${again}`;
    const [right] = planRuns({ scheduledAt: night.scheduledAt }, 'expected', night.startedAt);
    const expected = `one run, of the day ${dayOf(right as PipelineInput)}`;
    if (!start) return missing(starts, `${id} ${i}`, input, expected);
    const runs = runsOf(start, changed);
    if (typeof runs !== 'string' && runs.length === 1 && runs[0]?.asOf === right?.asOf) return [];
    const got =
      typeof runs === 'string'
        ? runs
        : `${runs.length === 1 ? 'one run, of the day' : `${runs.length} runs, of`} ${runs.slice(0, 3).map(dayOf).join(', ')}`;
    return [
      {
        id: `${id} ${i}`,
        input,
        expected,
        got: `${got}; the input is ${start.input(changed) || 'empty'}`,
        look: start.path,
      },
    ];
  });
}

/** Returns the day that a run covers: the 24 hours before `asOf`. */
const dayOf = ({ asOf }: PipelineInput) => new Date(asOf - DAY).toISOString().slice(0, ISO_DATE.length);
const ISO_DATE = '2026-01-04';

/** The inputs that Range accepts. */
const ACCEPTED = '{"scheduledAt": a time} or {"from": a day, "to": a day}';

/** Returns the runs that production plans for an input, or the reason why it rejects the input. */
function runsOf(start: Start, night: Night): PipelineInput[] | string {
  const range = Range.safeParse(parsed(start.input(night)));
  if (!range.success) return `the backfill rejects its input, because it takes ${ACCEPTED}`;
  try {
    return planRuns(range.data, start.execution(night), night.startedAt);
  } catch (error) {
    return `the backfill rejects its input: ${(error as Error).message.split(':')[0]}`;
  }
}

/** Names that Step Functions accepts for an execution. */
const EXECUTION_NAME = /^[A-Za-z0-9_-]{1,80}$/;

export const startsNewExecutions = (nights: readonly Night[]): CdkRequirement => ({
  says: 'gives every night an execution of its own',
  why: 'The name of the execution is part of the name of each run. If a name is used again, the night is rejected, or it overwrites the files of an earlier backfill.',
  findings: (template) => {
    const starts = startsOf(template('deployed'));
    const input = `${nights.length} nights`;
    const expected = 'executions with different, valid names';
    const [start] = starts;
    if (!start) return missing(starts, 'names', input, expected);
    const names = nights.map((night) => start.execution(night));
    const wrong = names.find((name) => !EXECUTION_NAME.test(name));
    const look = `${start.path}.Target.Input`;
    if (wrong !== undefined)
      return [{ id: 'valid', input, expected, got: `the name ${wrong}, which Step Functions rejects`, look }];
    if (new Set(names).size === names.length) return [];
    return [{ id: 'names', input, expected, got: `the names ${[...new Set(names)].join(', ')}`, look }];
  },
});

export const keepsItsDay = (nights: readonly Night[]): CdkRequirement => ({
  says: 'runs the same day after a late start, a repeated start or a redeployment',
  why: 'The scheduler repeats a failed start for up to a day. If the planned day depended on the time of the real start, one day would be skipped and the next would run twice.',
  findings: (template) => [
    ...dayFindings(template('deployed'), nights.slice(0, 2), late, 'late'),
    ...redeployment(template('deployed'), template('redeployed')),
  ],
});

function redeployment(deployed: Template, redeployed: Template): Finding[] {
  const [input, expected] = ['the same stack, deployed 40 days later', 'the same template'];
  const starts = startsOf(deployed);
  if (starts.length === 0) return missing(starts, 'redeployed', input, expected);
  const changed = changedResource(deployed, redeployed);
  if (!changed) return [];
  const look = `Resources.${changed}.Properties`;
  return [
    { id: 'redeployed', input, expected, got: `${changed} differs, although nothing in the code has changed`, look },
  ];
}
