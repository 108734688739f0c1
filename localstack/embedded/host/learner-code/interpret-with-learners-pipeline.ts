import type { Json, JsonObject } from '#domain/core/json-value-types.ts';
import type { InterpretedRun, InterpretPipeline, PipelineExecution } from '#domain/events/all-bricks-seam-types.ts';
import { type FunctionStatus, MAX_ENDED_PROCESSES } from './fall-back-to-reference.ts';
import { taskRecorder } from './limit-and-record-pipeline-task-calls.ts';

/** How the process that interprets a learner's definition ended a run. */
export type InterpreterEnd =
  | {
      readonly kind: 'ended';
      readonly status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT';
      readonly output?: Json;
      readonly error?: string;
      readonly record?: Json;
    }
  /** The run exceeded a limit. @param reason a clause whose subject is the definition */
  | { readonly kind: 'stopped'; readonly reason: string; readonly endedProcess: boolean }
  | { readonly kind: 'aborted' };

/** A learner's definition of the pipeline. Each run is interpreted in a separate process. */
export type ContainedPipeline = (run: PipelineExecution) => Promise<InterpreterEnd>;

export interface LearnersPipeline extends Disposable {
  readonly interpretPipeline: InterpretPipeline;
  readonly status: () => FunctionStatus;
}

/** Number of broken runs in a row after which the reference takes over. A city makes one run a week. */
const MAX_BROKEN_IN_A_ROW = 3;

/**
 * Interprets the pipeline with a learner's definition. A run is broken if it exceeds a limit, or ends in another way
 * than its tasks require. After 3 ended processes, or 3 broken runs in a row, the reference takes over.
 */
export function interpretWithLearnersPipeline(
  contained: ContainedPipeline,
  onStatus: (status: FunctionStatus) => void,
): LearnersPipeline {
  let status: FunctionStatus = { name: 'pipeline', runs: 'learner', calls: 0, failedCalls: 0, endedProcesses: 0 };
  let inARow = 0;
  const count = (fault: string | undefined, endedProcess: boolean): void => {
    inARow = fault === undefined ? 0 : inARow + 1;
    const endedProcesses = status.endedProcesses + (endedProcess ? 1 : 0);
    const isOver = endedProcesses >= MAX_ENDED_PROCESSES || inARow >= MAX_BROKEN_IN_A_ROW;
    status = {
      ...{ ...status, endedProcesses, calls: status.calls + 1 },
      ...(fault !== undefined && { failedCalls: status.failedCalls + 1, lastFailure: fault }),
      ...(isOver && { runs: 'reference' }),
    };
    onStatus(status);
  };
  const interpret = async (run: PipelineExecution): Promise<InterpretedRun> => {
    const recorder = taskRecorder(run);
    const end = await contained({ ...run, tasks: recorder.tasks });
    if (end.kind === 'aborted') return { status: 'ABORTED', error: 'the run was stopped' };
    if (end.kind === 'stopped') {
      count(end.reason, end.endedProcess);
      return broken(end.reason);
    }
    const fault = recorder.faultOf(end.status);
    count(fault, false);
    if (fault !== undefined) return { ...broken(fault, end.error), record: end.record };
    const { status: ended, output, error, record } = end;
    return { status: ended, ...(error === undefined ? { output: output as JsonObject } : { error, record }) };
  };
  return {
    interpretPipeline: (run) => (status.runs === 'reference' ? undefined : interpret(run)),
    status: () => status,
    // A run in progress ends with the definition with which it started.
    [Symbol.dispose]: () => {},
  };
}

const broken = (fault: string, error?: string): InterpretedRun => ({
  status: 'FAILED',
  error: `your pipeline.asl.json ${fault}${error === undefined ? '' : `: ${error}`}`,
  broken: true,
});
