import type { PipelineExecution, PipelineTasks } from '#domain/events/all-bricks-seam-types.ts';

/** Calls of one task in one run, retries included. Archive is polled, so it has no limit. */
const MOST_CALLS = 8;
const POLLED = 'Archive';

/** A task's last call in a run: what it returned, its error, or nothing yet. */
type LastCall = { readonly result: unknown } | { readonly error: string } | 'open';

export interface TaskRecorder {
  readonly tasks: PipelineTasks;
  /** Returns why the tasks do not allow a run to end in this way, as a clause whose subject is the definition. */
  readonly faultOf: (status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT') => string | undefined;
}

/**
 * Wraps the tasks of a run, so that a definition can neither work on another run's files nor call a task without end,
 * and so that the end of the run can be compared with the results of its tasks.
 */
export function taskRecorder({ runId, tasks }: Pick<PipelineExecution, 'runId' | 'tasks'>): TaskRecorder {
  const last = new Map<string, LastCall>();
  const counts = new Map<string, number>();
  let violation: string | undefined;
  const recorded = (name: string, task: PipelineTasks[string]) => async (input: unknown) => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    last.set(name, 'open');
    try {
      const wrong = wrongCall(name, input, { runId, count });
      violation ??= wrong;
      if (wrong !== undefined) throw new TypeError(`your pipeline.asl.json ${wrong}`);
      const result = await task(input);
      last.set(name, { result });
      return result;
    } catch (error) {
      last.set(name, { error: (error as Error).message });
      throw error;
    }
  };
  return {
    tasks: Object.fromEntries(Object.entries(tasks).map(([name, task]) => [name, recorded(name, task)])),
    faultOf: (status) => violation ?? (status === 'SUCCEEDED' ? faultOfSuccess(last) : faultOfFailure(status, last)),
  };
}

/** Returns why a call is not made, as a clause: for example, its input names another run, whose files it would overwrite. */
function wrongCall(
  name: string,
  input: unknown,
  { runId, count }: { readonly runId: string; readonly count: number },
): string | undefined {
  if (name === POLLED) return undefined;
  if (count > MOST_CALLS) return `called ${name} more than ${MOST_CALLS} times`;
  const { runId: own, Parameters } = (input ?? {}) as { runId?: unknown; Parameters?: { runId?: unknown } };
  const named = name === 'Train' ? Parameters?.runId : own;
  return named === runId ? undefined : `called ${name} without the runId ${runId} in its input`;
}

const resultOf = (call: LastCall | undefined): Readonly<Record<string, unknown>> | undefined =>
  typeof call === 'object' && 'result' in call ? (call.result as Record<string, unknown>) : undefined;

const failedTask = (last: ReadonlyMap<string, LastCall>): string | undefined =>
  [...last].find(([, call]) => resultOf(call) === undefined)?.[0];

function faultOfSuccess(last: ReadonlyMap<string, LastCall>): string | undefined {
  const failed = failedTask(last);
  if (failed !== undefined) return `let the run succeed although ${failed} failed`;
  const gate = resultOf(last.get('Gate'));
  if (!gate) return 'let the run succeed without a call of Gate';
  const isPromoted = last.has('Promote');
  if (gate.promote === true && !isPromoted) return 'did not promote a model that passed the gate';
  return gate.promote !== true && isPromoted ? 'promoted a model that did not pass the gate' : undefined;
}

function faultOfFailure(status: 'FAILED' | 'TIMED_OUT', last: ReadonlyMap<string, LastCall>): string | undefined {
  const isWaiting = resultOf(last.get(POLLED))?.caughtUp === false;
  if (isWaiting || failedTask(last) !== undefined) return undefined;
  return status === 'FAILED'
    ? 'ended the run with an error although no task failed'
    : 'limits the run to a time that is too short';
}
