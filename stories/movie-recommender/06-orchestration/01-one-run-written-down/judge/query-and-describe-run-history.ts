import { DAY, HOUR, MINUTE, SECOND } from '#domain/core/time.ts';
import type { Finding } from '../../../../academy/runners/asl/asl-checkpoint.ts';
import type { Call, History } from '../../../../academy/runners/asl/protocol.ts';
import { LIMITS } from '../../../../academy/runners/asl/run-scenarios.ts';
import type { Task } from './scripted-task-answers-and-faults.ts';

export const callsOf = ({ calls }: History, task: Task): Call[] => calls.filter(({ state }) => state === task);
/** Returns the version that a run made the champion. */
export const promotedBy = (run: History): unknown =>
  callsOf(run, 'Promote')
    .filter(({ ended }) => ended && ended.error === undefined)
    .map(({ input }) => (input as { evaluate?: { version?: unknown } }).evaluate?.version)[0];

/** Returns a duration in its largest unit. */
export const lasting = (milliseconds: number): string => {
  const units = [
    [DAY, 'days'],
    [HOUR, 'h'],
    [MINUTE, 'min'],
    [SECOND, 's'],
  ] as const;
  const [unit, name] = units.find(([each]) => milliseconds > each) ?? [SECOND, 's'];
  return `${Number((milliseconds / unit).toFixed(1))} ${name}`;
};

/** Describes how a run ended. */
export function endOf(run: History): string {
  const { status, reached, error, cause, at } = run.ended;
  const promoted = promotedBy(run);
  const served = promoted === undefined ? '' : `, and ${String(promoted)} became the champion`;
  const events = reached === 'events' ? `, when its history had ${LIMITS.events} events` : '';
  if (status === 'running') return `the run was still running after ${lasting(at)}${events}${served}`;
  if (status === 'SUCCEEDED') return `the run SUCCEEDED${served}`;
  const reason = [error, cause === error ? undefined : cause].filter(Boolean).join(': ');
  return `the run ${status} after ${lasting(at)}${reason ? ` with ${reason}` : ''}${served}`;
}

/** Returns the state whose failure ended a run. */
export const culpritOf = ({ failures, last }: History): string | undefined =>
  failures.findLast(({ state }) => last?.type !== 'Fail' || state !== last.name)?.state;

export const neverCalled = (run: History, task: Task, id: string, input: string, expected: string): Finding[] =>
  callsOf(run, task).length > 0
    ? []
    : [
        {
          id,
          input,
          expected,
          got: `${task} was never called: ${endOf(run)}`,
          look: ['States', culpritOf(run) ?? task],
        },
      ];

const MAX_SHOWN = 300;
export const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
};
