import type { Json, JsonObject } from '#domain/core/json-value-types.ts';
import { SECOND } from '#domain/core/time.ts';
import type { InterpretedRun, PipelineExecution } from '#domain/events/all-bricks-seam-types.ts';
import {
  pipelineDefinition,
  substitute,
} from '../../../functions/orchestration/read-state-machines-and-substitute-names.ts';

/** Milliseconds of each Wait state. */
export const LOCAL_WAIT_MS = SECOND;
/** Returns a placeholder ARN that the interpreter accepts; every task is overridden. */
const arn = (name: string) => `arn:aws:lambda:local:000000000000:function:${name}`;
export const RESOURCE_NAMES = {
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

/** Interprets the reference's definition of the pipeline in this process. */
export async function interpretPipeline({
  runId,
  input,
  tasks,
  onState,
  signal,
}: PipelineExecution): Promise<InterpretedRun> {
  // Imported lazily: it takes 100 ms, and most processes never run a pipeline.
  const { StateMachine } = await import('aws-local-stepfunctions');
  const machine = new StateMachine(substitute(pipelineDefinition(), RESOURCE_NAMES) as never, {
    validationOptions: { noValidate: true },
  });
  const overrides = {
    taskResourceLocalHandlers: tasks as never,
    waitTimeOverrides: { WaitForArchive: LOCAL_WAIT_MS },
  };
  const execution = machine.run({ ...input, runId } as never, { overrides });
  signal.addEventListener('abort', () => execution.abort());
  if (signal.aborted) execution.abort();
  const watching = watch(execution.eventLogs as AsyncIterable<LoggedEvent>, onState);
  const ended = await settled(execution.result as Promise<JsonObject>);
  return { ...ended, record: await watching };
}

interface LoggedEvent {
  readonly type: string;
  readonly timestamp: number;
  readonly state?: { readonly name: string; readonly type: string; readonly input: Json };
}

/** Passes the changes of states on. @returns the input of the Fail state in which the run ended */
async function watch(
  events: AsyncIterable<LoggedEvent>,
  onState: PipelineExecution['onState'],
): Promise<Json | undefined> {
  let record: Json | undefined;
  for await (const { type, state, timestamp } of events) {
    const kind = KIND[type as keyof typeof KIND];
    if (!kind || !state) continue;
    onState({ state: state.name, kind, at: timestamp });
    if (kind === 'entered') record = state.type === 'Fail' ? state.input : undefined;
  }
  return record;
}

async function settled(result: Promise<JsonObject>): Promise<InterpretedRun> {
  try {
    return { status: 'SUCCEEDED', output: await result };
  } catch (error) {
    const { name, message } = error as Error;
    if (name === 'ExecutionAbortedError') return { status: 'ABORTED', error: 'the run was stopped' };
    return { status: name === 'ExecutionTimeoutError' ? 'TIMED_OUT' : 'FAILED', error: message };
  }
}
