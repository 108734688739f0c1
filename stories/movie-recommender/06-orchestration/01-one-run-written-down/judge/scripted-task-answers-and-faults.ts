import { createHash } from 'node:crypto';
import { DAY, MINUTE, SECOND } from '#domain/core/time.ts';
import type { Answer, Scenario } from '../../../../academy/runners/asl/protocol.ts';

/** The tasks in the order in which a run calls them. */
export const TASKS = ['Archive', 'Features', 'Train', 'Evaluate', 'Gate', 'Promote'] as const;
export type Task = (typeof TASKS)[number];

/** Values that a check expects to find in the calls and in the record of a run. */
export interface Facts {
  readonly runId: string;
  readonly asOf: number;
  readonly seed: number;
  readonly candidate: string;
  readonly champion: string;
  /** A string in each task's result, by which its result is recognised in the record of a run. */
  readonly marks: Readonly<Record<Task, string>>;
  /** Error with which each task fails. */
  readonly errors: Readonly<Record<Task, string>>;
}

const perTask = <Value>(of: (task: Task) => Value) =>
  Object.fromEntries(TASKS.map((task) => [task, of(task)])) as Record<Task, Value>;

const tag = (seed: number, name: string): string =>
  createHash('sha256').update(`${seed}/${name}`).digest('hex').slice(0, 8);

/** Returns a number from 0 to 1 that depends on the seed. */
const fraction = (seed: number, name: string): number => Number.parseInt(tag(seed, name), 16) / 0xff_ff_ff_ff;

export function factsOf(seed: number): Facts {
  const [candidate, champion] = [`v-${tag(seed, 'candidate')}`, `v-${tag(seed, 'champion')}`];
  const marks = { ...perTask((task) => `${task.toLowerCase()}-${tag(seed, task)}`), Evaluate: candidate };
  // A Batch job fails with States.TaskFailed, regardless of the error that its program reports.
  const errors = {
    ...perTask((task) => `BRICK_${tag(seed, `error of ${task}`).toUpperCase()}`),
    Train: 'States.TaskFailed',
  };
  const day = Math.floor(fraction(seed, 'day') * 300);
  const runSeed = Math.floor(fraction(seed, 'seed') * 1_000);
  return {
    ...{ runId: `run-${tag(seed, 'run')}`, asOf: Date.UTC(2026, 0, 1) + day * DAY, seed: runSeed },
    ...{ candidate, champion, marks, errors },
  };
}

const after = (value: Extract<Answer, { kind: 'result' }>['value'], afterMs: number): Answer => ({
  ...{ kind: 'result', value },
  afterMs: Math.round(afterMs),
});
const failing = (error: string, afterMs: number): Answer => ({
  kind: 'error',
  error,
  cause: `${error}: a test`,
  afterMs,
});
const HANGS: Answer = { kind: 'hang' };
const THROTTLED = failing('Lambda.TooManyRequestsException', 50);

/** Returns the answers of the tasks in a run without faults. Training takes 30 to 50 minutes. */
function answersOf(seed: number, { marks, candidate, champion }: Facts): Record<Task, readonly Answer[]> {
  const minutes = (from: number, to: number, name: string) => (from + (to - from) * fraction(seed, name)) * MINUTE;
  return {
    Archive: [after({ caughtUp: true, id: marks.Archive }, 2 * SECOND)],
    Features: [after({ rows: 48_000, id: marks.Features }, minutes(4, 9, 'features'))],
    Train: [after({ JobId: marks.Train, JobName: 'train', Status: 'SUCCEEDED' }, minutes(30, 50, 'train'))],
    Evaluate: [after({ version: candidate, metrics: {} }, minutes(0.3, 1, 'evaluate'))],
    Gate: [after({ promote: true, reason: 'a clear lead', champion, id: marks.Gate }, SECOND)],
    Promote: [after({ version: candidate, id: marks.Promote }, 2 * SECOND)],
  };
}

type Answers = Partial<Record<Task, readonly Answer[]>>;

/** Returns the executions of a check by their ids. */
export function scenariosOf(seed: number): Record<string, Omit<Scenario, 'needs'>> {
  const facts = factsOf(seed);
  const { runId, asOf, champion, marks, errors } = facts;
  const normal = answersOf(seed, facts);
  const input = { runId, asOf, seed: facts.seed, leaveOneOut: fraction(seed, 'leave one out') < 1 / 2 };
  const scenario = (answers: Answers) => ({ name: runId, input, answers: { ...normal, ...answers } });
  const behind = (afterMs: number) => after({ caughtUp: false, id: marks.Archive }, afterMs);
  const polls = 3 + Math.floor(4 * fraction(seed, 'polls'));
  const rejected = after({ promote: false, reason: 'no clear lead', champion, id: marks.Gate }, SECOND);
  return {
    promoted: scenario({}),
    rejected: scenario({ Gate: [rejected] }),
    'late archive': scenario({ Archive: [...Array<Answer>(polls).fill(behind(2 * SECOND)), ...normal.Archive] }),
    // Fast responses make the longest history.
    'no archive': scenario({ Archive: [behind(SECOND / 10)] }),
    throttled: scenario(
      Object.fromEntries(
        TASKS.filter((task) => task !== 'Train').map((task) => [task, [THROTTLED, THROTTLED, ...normal[task]]]),
      ),
    ),
    ...Object.fromEntries(
      TASKS.map((task) => [`${task} fails`, scenario({ [task]: [failing(errors[task], 5 * SECOND)] })]),
    ),
    ...Object.fromEntries(TASKS.map((task) => [`${task} hangs`, scenario({ [task]: [HANGS] })])),
  };
}
