import { join } from 'node:path';
import type { JsonObject } from '#domain/core/json-value-types.ts';
import type { Now } from '#domain/core/time.ts';
import type {
  ExecutionStateChange,
  InterpretedRun,
  InterpretPipeline,
  PipelineExecution,
  PipelineTasks as Tasks,
} from '#domain/events/all-bricks-seam-types.ts';
import type { Workflow, WorkflowRun } from '#ports/workflow.ts';
import { type Trigger, type TriggerName, triggers } from '../../../functions/triggers.ts';
import { type RunStore, runStore } from '../storage/pipeline-runs-file.ts';
import type { InvokeFunction } from './api-gateway.ts';
import { interpretPipeline } from './interpret-pipeline.ts';

/** Parameters of the trainer's job. As in Batch, all are strings. */
export interface TrainJob {
  readonly runId: string;
  readonly seed: string;
  readonly leaveOneOut: string;
}
export type Train = (job: TrainJob, signal: AbortSignal) => Promise<void>;

export interface StateChange extends ExecutionStateChange {
  readonly runId: string;
}

export interface LocalWorkflow extends Workflow {
  /** Resolves when the run has ended, whether or not it succeeded. */
  ended(runId: string): Promise<WorkflowRun>;
  /** Whether a learner's definition broke this run. Such a run must be made again with the reference's definition. */
  broke(runId: string): boolean;
  /** Calls the listener for each state change of any run. @returns a function that removes the listener */
  onState(listener: (change: StateChange) => void): () => void;
}

interface Options {
  /** Folder in which runs are stored. */
  readonly folder: string;
  readonly invoke: InvokeFunction;
  readonly train?: Train;
  readonly now: Now;
  /** Interprets a run with a learner's definition. @default - the reference's definition is used */
  readonly interpret?: InterpretPipeline;
}

/** Beginning of the ids of runs that always use the reference's definition. */
const REFERENCE = 'reference-';

/** Returns the id under which a run that a learner's definition broke is made again, with the reference's definition. */
export const referenceRunOf = (runId: string): string => `${REFERENCE}${runId}`;

/**
 * Interprets the pipeline's definition with the real handlers. Runs are stored on disk. The definition is that of the
 * reference, unless a learner's is in use at the start of the run.
 */
export function localWorkflow({ folder, invoke, train, now, interpret }: Options): LocalWorkflow {
  const store = runStore(join(folder, 'runs.json'));
  const running = new Map<string, { readonly done: Promise<WorkflowRun>; readonly abort: () => void }>();
  const listeners = new Set<(change: StateChange) => void>();
  const broken = new Set<string>();

  const report = (change: StateChange) => {
    for (const listener of listeners) listener(change);
  };
  const execute = async (runId: string, input: JsonObject, aborted: AbortController): Promise<WorkflowRun> => {
    const { signal } = aborted;
    const run: PipelineExecution = {
      ...{ runId, input, signal, tasks: localTasks(invoke, train, signal) },
      onState: (change) => report({ runId, ...change }),
    };
    const learners = runId.startsWith(REFERENCE) ? undefined : interpret?.(run);
    const ended = await (learners ?? interpretPipeline(run));
    if (ended.broken) {
      broken.add(runId);
      // Ends a training whose result no state waits for.
      aborted.abort();
    }
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
    broke: (runId) => broken.has(runId),
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

/**
 * Returns the local implementation of each Task state: the function that functions/triggers.ts assigns to the state, or
 * the local trainer for the state Train.
 */
function localTasks(invoke: InvokeFunction, train: Train | undefined, signal: AbortSignal): Tasks {
  const tasks = (Object.entries(triggers) as [TriggerName, Trigger][]).flatMap(([name, { on }]) =>
    on.kind === 'state' ? [[on.state, (input: unknown) => invoke(name, input)] as const] : [],
  );
  const trainLocally = async (input: unknown) => {
    if (!train) throw new Error('this machine has no trainer: run `agentbricks doctor` for the reason');
    const { Parameters } = input as { Parameters: TrainJob };
    await train(Parameters, signal);
    return { JobId: `local-${Parameters.runId}` };
  };
  return Object.fromEntries([...tasks, ['Train', trainLocally]]) as Tasks;
}

function finish(
  store: RunStore,
  runId: string,
  { broken: _, record: __, ...ended }: InterpretedRun,
  endedAt: number,
): WorkflowRun {
  const run: WorkflowRun = { ...(store.get(runId) as WorkflowRun), ...ended, endedAt };
  store.put(run);
  return run;
}
