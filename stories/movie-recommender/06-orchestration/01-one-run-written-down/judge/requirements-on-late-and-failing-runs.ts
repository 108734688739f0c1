import { DAY, HOUR, SECOND } from '#domain/core/time.ts';
import type { AslRequirement, Finding } from '../../../../academy/runners/asl/asl-checkpoint.ts';
import type { History } from '../../../../academy/runners/asl/protocol.ts';
import { MAX_EVENTS } from '../../../../academy/runners/asl/run-scenarios.ts';
import { callsOf, endOf, lasting, neverCalled, promotedBy, shown } from './query-and-describe-run-history.ts';
import { type Facts, TASKS, type Task } from './scripted-task-answers-and-faults.ts';

/** Longest time that a task may hang, and that a run may wait, in milliseconds. */
const LONGEST_TASK = 3 * HOUR;
const LONGEST_RUN = DAY;

export const waitsForTheArchive = ({ candidate }: Facts): AslRequirement => ({
  says: 'waits for the archive, but not forever',
  why: 'A run that never ends blocks the runs of the following nights, and no alert fires, because nothing has failed.',
  findings: (run) => [...lateArchive(run('late archive'), candidate), ...noArchive(run('no archive'))],
});

function lateArchive(run: History, candidate: string): Finding[] {
  const input = 'Archive responds with caughtUp: false some times, then with true';
  const expected = 'Archive is called again after at least 1 s, until it has caught up; then the run continues';
  const calls = callsOf(run, 'Archive');
  const look = ['States', 'Archive', 'Next'];
  if (promotedBy(run) !== candidate) return [{ id: 'late', input, expected, got: endOf(run), look }];
  const early = calls.slice(1).find(({ at }, i) => at - (calls[i]?.ended?.at ?? at) < SECOND);
  if (calls.length > 1 && !early) return [];
  const got = early ? 'Archive was called again without a pause' : 'Archive was called only once';
  return [{ id: 'late', input, expected, got, look }];
}

function noArchive(run: History): Finding[] {
  const input = 'Archive always responds with caughtUp: false';
  const expected = `the run ends without success within ${lasting(LONGEST_RUN)} and ${MAX_EVENTS} events, and Features is never called`;
  const skipped = neverCalled(run, 'Archive', 'never', input, expected);
  if (skipped.length > 0) return skipped;
  const { status, at } = run.ended;
  const stopped = status !== 'running' && status !== 'SUCCEEDED' && at <= LONGEST_RUN;
  if (stopped && callsOf(run, 'Features').length === 0) return [];
  return [{ id: 'never', input, expected, got: endOf(run), look: ['TimeoutSeconds'] }];
}

export const stopsHangingTasks: AslRequirement = {
  says: 'stops a task that does not respond',
  why: 'A task can lose its connection or its machine. Without a time-out, Step Functions waits for such a task for more than three years.',
  findings: (run) =>
    TASKS.flatMap((task) => {
      const hanging = run(`${task} hangs`);
      const input = `${task} never responds`;
      const expected = `${task} fails with States.Timeout within ${lasting(LONGEST_TASK)}, and the run ends`;
      const [call] = callsOf(hanging, task);
      if (!call) return neverCalled(hanging, task, task, input, expected);
      const timeout = hanging.failures.find(({ state, error }) => state === task && error === 'States.Timeout');
      const { status, at } = hanging.ended;
      const ends = status !== 'running' && at <= LONGEST_RUN;
      if (ends && timeout && timeout.at - call.at <= LONGEST_TASK) return [];
      const stopped = timeout
        ? `${task} was stopped after ${lasting(timeout.at - call.at)}`
        : `${task} was not stopped`;
      const look = ['States', task, 'TimeoutSeconds'];
      return [{ id: task, input, expected, got: `${stopped}; ${endOf(hanging)}`, look }];
    }),
};

const FAULTS = TASKS.flatMap((task) => (['fails', 'hangs'] as const).map((fault) => ({ task, fault })));

export const servesTheSame: AslRequirement = {
  says: 'leaves the served model unchanged if a task fails',
  why: 'The files of a failed task are incomplete or old. A model that was built from such files must not go live.',
  findings: (run) =>
    FAULTS.flatMap(({ task, fault }) => {
      const id = `${task} ${fault}`;
      const faulty = run(id);
      const expected = 'no later task is called, nothing is promoted, and the run does not succeed';
      const skipped = neverCalled(faulty, task, fault, id, expected);
      if (skipped.length > 0) return skipped;
      const later = TASKS.slice(TASKS.indexOf(task) + 1).find((each) => callsOf(faulty, each).length > 0);
      if (later === undefined && promotedBy(faulty) === undefined && faulty.ended.status !== 'SUCCEEDED') return [];
      const called = later === undefined ? '' : `${later} was called; `;
      return [{ id: fault, input: id, expected, got: `${called}${endOf(faulty)}`, look: ['States', task, 'Catch'] }];
    }),
};

export const keepsTheRecord = (facts: Facts): AslRequirement => ({
  says: 'ends a failed run in a Fail state, with its record',
  why: 'The input of the last state is what the person on call sees: which run it was, what had finished, and what went wrong.',
  findings: (run) =>
    FAULTS.flatMap(({ task, fault }) => {
      const faulty = run(`${task} ${fault}`);
      // No Fail state follows the time-out of the complete run, or a task that was not stopped.
      if (fault === 'hangs' && ['TIMED_OUT', 'running'].includes(faulty.ended.status)) return [];
      return recordOf(faulty, { task, fault, error: fault === 'fails' ? facts.errors[task] : 'States.Timeout' }, facts);
    }),
});

interface Fault {
  readonly task: Task;
  readonly fault: 'fails' | 'hangs';
  readonly error: string;
}

function recordOf(run: History, { task, fault, error }: Fault, { runId, marks }: Facts): Finding[] {
  const done = TASKS.slice(0, TASKS.indexOf(task));
  const results = done.length === 0 ? '' : `, the results of ${done.join(', ')}`;
  const input = fault === 'fails' ? `${task} fails with ${error}` : `${task} never responds`;
  const expected = `a Fail state whose input contains runId${results} and ${error}; the run FAILED with ${error}`;
  const skipped = neverCalled(run, task, fault, input, expected);
  if (skipped.length > 0) return skipped;
  // The requirement before this one explains a run that succeeds in spite of a failure.
  if (run.ended.status === 'SUCCEEDED') return [];
  const wrong = (got: string, look: Finding['look']) => [{ id: fault, input, expected, got, look }];
  const caught = ['States', task, 'Catch', 0];
  const { last, ended } = run;
  if (last?.type !== 'Fail') return wrong(`the last state is ${last?.name}; ${endOf(run)}`, caught);
  const record = JSON.stringify(last.input);
  const lost = [runId, ...done.map((each) => marks[each]), error].find((each) => !record.includes(each));
  if (lost !== undefined) return wrong(`the input of ${last.name} is ${shown(last.input)}; ${lost} is missing`, caught);
  if (ended.error === error || (ended.error !== 'States.Runtime' && ended.cause?.includes(error))) return [];
  return wrong(endOf(run), ['States', last.name]);
}
