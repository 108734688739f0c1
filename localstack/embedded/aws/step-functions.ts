import { join } from 'node:path';
import type { JsonObject } from '#domain/core/json-value.ts';
import { type Now, SECOND } from '#domain/core/time.ts';
import type { Workflow, WorkflowRun } from '#ports/workflow.ts';
import { pipelineDefinition, substitute } from '../../../functions/orchestration/read-state-machines.ts';
import { type Trigger, type TriggerName, triggers } from '../../../functions/triggers.ts';
import { type RunStore, runStore } from '../storage/pipeline-run-store.ts';
import type { InvokeFunction } from './api-gateway.ts';

/** Parameters of the trainer's job. As in Batch, all are strings. */
export interface TrainJob {
  readonly runId: string;
  readonly seed: string;
  readonly leaveOneOut: string;
}
export type Train = (job: TrainJob, signal: AbortSignal) => Promise<void>;

export interface StateChange {
  readonly runId: string;
  readonly state: string;
  readonly kind: 'entered' | 'exited' | 'failed' | 'retried';
  /** Wall-clock time, UTC epoch milliseconds. */
  readonly at: number;
}

export interface LocalWorkflow extends Workflow {
  /** Resolves when the run has ended, whether or not it succeeded. */
  ended(runId: string): Promise<WorkflowRun>;
  /** Calls the listener for each state change of any run. @returns a function that removes the listener */
  onState(listener: (change: StateChange) => void): () => void;
}

interface Options {
  /** Folder in which runs are stored. */
  readonly folder: string;
  readonly invoke: InvokeFunction;
  readonly train?: Train;
  readonly now: Now;
}

const LOCAL_WAIT_MS = SECOND;
/** Returns a placeholder ARN that the interpreter accepts; every task is overridden. */
const arn = (name: string) => `arn:aws:lambda:local:000000000000:function:${name}`;
const NAMES = {
  AwaitArchive: arn('await-archive'),
  BuildFeatures: arn('build-features'),
  Evaluate: arn('evaluate'),
  Gate: arn('gate'),
  Promote: arn('promote'),
  TrainerQueue: 'local',
  TrainerJob: 'local',
};
const KIND = {
  StateEntered: 'entered',
  StateExited: 'exited',
  StateFailed: 'failed',
  StateRetried: 'retried',
} as const;

/** Interprets the production pipeline's definition in this process, with the real handlers. Runs are stored on disk. */
export function localWorkflow({ folder, invoke, train, now }: Options): LocalWorkflow {
  const store = runStore(join(folder, 'runs.json'));
  const running = new Map<string, { readonly done: Promise<WorkflowRun>; readonly abort: () => void }>();
  const listeners = new Set<(change: StateChange) => void>();

  const execute = async (runId: string, input: JsonObject, aborted: AbortController): Promise<WorkflowRun> => {
    const overrides = {
      taskResourceLocalHandlers: localTasks(invoke, train, aborted.signal),
      waitTimeOverrides: { WaitForArchive: LOCAL_WAIT_MS },
    };
    // Imported lazily: it takes 100 ms, and most processes never run a pipeline.
    const { StateMachine } = await import('aws-local-stepfunctions');
    const machine = new StateMachine(substitute(pipelineDefinition(), NAMES) as never, {
      validationOptions: { noValidate: true },
    });
    const execution = machine.run({ ...input, runId } as never, { overrides });
    aborted.signal.addEventListener('abort', () => execution.abort());
    if (aborted.signal.aborted) execution.abort();
    const watching = watch(execution.eventLogs as AsyncIterable<LoggedEvent>, runId, listeners);
    const ended = await settled(execution.result as Promise<JsonObject>);
    await watching;
    return finish(store, runId, ended, now());
  };

  return {
    start: async (runId, input) => {
      if (running.has(runId) || store.get(runId)) return runId;
      store.put({ runId, status: 'RUNNING', startedAt: now(), input });
      const aborted = new AbortController();
      const done = execute(runId, input, aborted).finally(() => running.delete(runId));
      running.set(runId, { done, abort: () => aborted.abort() });
      return runId;
    },
    describe: async (runId) => store.get(runId),
    list: async (limit) => store.newest(limit),
    ended: async (runId) => {
      const run = (await running.get(runId)?.done) ?? store.get(runId);
      if (!run) throw new RangeError(`no run ${runId}`);
      return run;
    },
    onState: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    [Symbol.asyncDispose]: async () => {
      for (const { abort } of running.values()) abort();
      await Promise.allSettled([...running.values()].map(({ done }) => done));
    },
  };
}

type Task = (input: unknown) => Promise<never>;

/**
 * Returns the local implementation of each Task state: the function that functions/triggers.ts assigns to the state, or
 * the local trainer for the state Train.
 */
function localTasks(invoke: InvokeFunction, train: Train | undefined, signal: AbortSignal): Record<string, Task> {
  const tasks = (Object.entries(triggers) as [TriggerName, Trigger][]).flatMap(([name, { on }]) =>
    on.kind === 'state' ? [[on.state, (input: unknown) => invoke(name, input)] as const] : [],
  );
  const trainLocally = async (input: unknown) => {
    if (!train) throw new Error('this machine has no trainer: run `agentbricks doctor` for the reason');
    const { Parameters } = input as { Parameters: TrainJob };
    await train(Parameters, signal);
    return { JobId: `local-${Parameters.runId}` };
  };
  return Object.fromEntries([...tasks, ['Train', trainLocally]]) as Record<string, Task>;
}

interface LoggedEvent {
  readonly type: string;
  readonly timestamp: number;
  readonly state?: { readonly name: string };
}

async function watch(
  events: AsyncIterable<LoggedEvent>,
  runId: string,
  listeners: ReadonlySet<(change: StateChange) => void>,
) {
  for await (const { type, state, timestamp } of events) {
    const kind = KIND[type as keyof typeof KIND];
    if (!kind || !state) continue;
    for (const listener of listeners) listener({ runId, state: state.name, kind, at: timestamp });
  }
}

type Ended = Pick<WorkflowRun, 'status' | 'output' | 'error'>;

async function settled(result: Promise<JsonObject>): Promise<Ended> {
  try {
    return { status: 'SUCCEEDED', output: await result };
  } catch (error) {
    const { name, message } = error as Error;
    if (name === 'ExecutionAbortedError') return { status: 'ABORTED', error: 'the run was stopped' };
    return { status: name === 'ExecutionTimeoutError' ? 'TIMED_OUT' : 'FAILED', error: message };
  }
}

function finish(store: RunStore, runId: string, ended: Ended, endedAt: number): WorkflowRun {
  const run: WorkflowRun = { ...(store.get(runId) as WorkflowRun), ...ended, endedAt };
  store.put(run);
  return run;
}
