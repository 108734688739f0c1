import type { JsonObject } from '#domain/core/json-value-types.ts';

export type RunStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** One run of the pipeline. */
export interface WorkflowRun {
  readonly runId: string;
  readonly status: RunStatus;
  /** UTC epoch milliseconds. */
  readonly startedAt: number;
  /** UTC epoch milliseconds; absent while the run is running. */
  readonly endedAt?: number;
  /** The input that `start` received, without the run's id. */
  readonly input: JsonObject;
  /** Result of the last state; absent unless the run has succeeded. */
  readonly output?: JsonObject;
  /** The failed state and the reason, in words; absent unless the run has failed. */
  readonly error?: string;
}

/**
 * Runs the pipeline's state machine (Amazon States Language).
 *
 * test/layers/contract-tests/workflow.ts tests this contract.
 */
export interface Workflow extends AsyncDisposable {
  /**
   * Starts a run and returns its id without waiting for its end. It is idempotent: a second call with the same `runId` starts
   * no second run.
   */
  start(runId: string, input: JsonObject): Promise<string>;
  /** Returns a run, or undefined if no run with this id was started. */
  describe(runId: string): Promise<WorkflowRun | undefined>;
  /** Returns at most `limit` runs, newest first. */
  list(limit: number): Promise<readonly WorkflowRun[]>;
}
