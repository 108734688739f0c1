import { SECOND } from '#domain/core/time.ts';
import type { AslRequirement, Finding } from '../../../../academy/runners/asl/asl-checkpoint.ts';
import type { Call, History } from '../../../../academy/runners/asl/protocol.ts';
import { callsOf, culpritOf, endOf, neverCalled, promotedBy, shown } from './query-and-describe-run-history.ts';
import { type Facts, TASKS } from './scripted-task-answers-and-faults.ts';

export const JOB = { JobQueue: 'trainer-queue', JobDefinition: 'trainer-job' };

export const promotesGoodCandidates = ({ candidate }: Facts): AslRequirement => ({
  says: 'promotes a candidate that passes the gate',
  why: 'A pipeline that never finishes leaves the city with a model that gets older every day.',
  findings: (run) => promotion(run('promoted'), candidate, 'every task succeeds'),
});

function promotion(run: History, candidate: string, input: string): Finding[] {
  const expected = `${TASKS.join(', ')} are called once each, and ${candidate} becomes the champion`;
  const skipped = TASKS.flatMap((task) => neverCalled(run, task, task, input, expected)).slice(0, 1);
  if (skipped.length > 0) return skipped;
  const again = TASKS.find(
    (task) => callsOf(run, task).filter(({ ended }) => ended && ended.error === undefined).length > 1,
  );
  if (again) return [{ id: again, input, expected, got: `${again} was called again`, look: ['States', again] }];
  if (run.ended.status !== 'SUCCEEDED' || promotedBy(run) !== candidate) {
    const state = culpritOf(run);
    return [{ id: 'end', input, expected, got: endOf(run), ...(state ? { look: ['States', state] } : {}) }];
  }
  const { input: job } = callsOf(run, 'Train')[0] as Call;
  const wrong = Object.entries(JOB).find(([field, value]) => (job as Record<string, unknown>)[field] !== value);
  if (!wrong) return [];
  const [field] = wrong;
  const got = `Train's ${field} is ${JSON.stringify((job as Record<string, unknown>)[field])}`;
  return [
    {
      id: 'job',
      input,
      expected: `Train's ${field} is the trainer's`,
      got,
      look: ['States', 'Train', 'Parameters', field],
    },
  ];
}

export const trainsAfterFeatures: AslRequirement = {
  says: 'starts the training only after the features have been built',
  why: 'A training run that reads half-written files produces a bad model, and no error.',
  findings: (run) => {
    const normal = run('promoted');
    const [features, train] = [callsOf(normal, 'Features')[0], callsOf(normal, 'Train')[0]];
    const input = 'building the features takes some minutes';
    const expected = 'Train is called after Features has responded';
    const look = ['States', 'Train'];
    if (!train) return neverCalled(normal, 'Train', 'order', input, expected);
    const built = features?.ended?.at;
    const order: Finding[] =
      built !== undefined && built <= train.at
        ? []
        : [{ id: 'order', input, expected, got: `Train was called ${orderOf(train.at, features?.at, built)}`, look }];
    const failed = run('Features fails');
    const early: Finding[] =
      callsOf(failed, 'Train').length === 0
        ? neverCalled(failed, 'Features', 'failure', 'Features fails', 'Train is not called')
        : [{ id: 'failure', input: 'Features fails', expected: 'Train is not called', got: 'Train was called', look }];
    return [...order, ...early];
  },
};

function orderOf(train: number, features: number | undefined, built: number | undefined): string {
  if (features === undefined || features > train) return 'before Features';
  return `${(train - features) / SECOND} s after Features, which responded ${Math.round(((built ?? 0) - features) / SECOND)} s after its call`;
}

export const namesTheRun = ({ runId, seed }: Facts): AslRequirement => ({
  says: 'passes the name of the run to every task',
  why: 'Every task reads and writes files under the name of the run. Without the name, two runs would overwrite the same files.',
  findings: (run) =>
    TASKS.flatMap((task) => {
      const [call] = callsOf(run('promoted'), task);
      const expected = `the input of ${task} contains runId ${runId}${task === 'Train' ? ` and seed "${seed}", as strings in Parameters` : ''}`;
      if (!call) return neverCalled(run('promoted'), task, task, `the first call of ${task}`, expected);
      const given = call.input as { runId?: unknown; Parameters?: { runId?: unknown; seed?: unknown } };
      const right =
        task === 'Train'
          ? given.Parameters?.runId === runId && given.Parameters.seed === String(seed)
          : given.runId === runId;
      if (right) return [];
      return [
        { id: task, input: `the first call of ${task}`, expected, got: shown(call.input), look: ['States', task] },
      ];
    }),
});

export const keepsTheChampion: AslRequirement = {
  says: 'keeps the champion if the gate rejects the candidate',
  why: 'The gate compares the candidate with the champion. If the pipeline ignores the decision of the gate, a worse model goes live.',
  findings: (run) => {
    const rejected = run('rejected');
    const input = 'Gate responds with promote: false';
    const expected = 'Promote is not called, and the run SUCCEEDED';
    const skipped = neverCalled(rejected, 'Gate', 'gate', input, expected);
    if (skipped.length > 0) return skipped;
    if (callsOf(rejected, 'Promote').length === 0 && rejected.ended.status === 'SUCCEEDED') return [];
    return [{ id: 'gate', input, expected, got: endOf(rejected), look: ['States', 'Gate', 'Next'] }];
  },
};

export const survivesThrottling = ({ candidate }: Facts): AslRequirement => ({
  says: 'finishes although each function is throttled twice',
  why: 'Throttling is temporary. Production adds the rules of functions/orchestration/retry.json to each of your tasks, and the run needs time for these retries.',
  findings: (run) =>
    promotion(run('throttled'), candidate, 'each function is throttled twice').map((each) => ({
      ...each,
      id: 'throttled',
    })),
});
