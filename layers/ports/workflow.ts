import type { JsonObject } from '#domain/core/json.ts';

export type RunStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

export interface WorkflowRun {
  readonly runId: string;
  readonly status: RunStatus;
  /** UTC epoch milliseconds. */
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly input: JsonObject;
  readonly output?: JsonObject;
  /** What failed and why, in words. */
  readonly error?: string;
}

/** Runs the pipeline's state machine (Amazon States Language). test/layers/contracts/workflow.ts says what it must do. */
export interface Workflow extends AsyncDisposable {
  /** Starting the same `runId` twice starts one run. @returns the run's id at once, before it ends */
  start(runId: string, input: JsonObject): Promise<string>;
  describe(runId: string): Promise<WorkflowRun | undefined>;
  /** Newest first. */
  list(limit: number): Promise<readonly WorkflowRun[]>;
}
