/**
 * Limits the duration of requests and of their stages. The code that composes a system chooses the clock: see docs/serving.md,
 * "Clocks".
 *
 * test/layers/contract-tests/deadlines-port.ts tests this contract.
 */
export interface Deadlines {
  /** Starts a time budget that all stages of one request or invocation share. @param limitMs the budget, in milliseconds */
  start(limitMs: number): Deadline;
}

/** The time budget of one request or invocation. */
export interface Deadline {
  /**
   * Runs one stage and returns its result. The stage may take `limitMs`, or the rest of the budget if that is less. A simulated
   * run allows more real time (hang-guard-for-simulated-runs.ts). After the limit, the call rejects and ignores the result of the work, which is
   * not cancelled.
   *
   * @param stage name of the stage, for the error message
   * @param limitMs limit of the stage, in milliseconds
   * @throws a retryable error that names the stage (DeadlinePassed), or the error of the work
   */
  run<Result>(stage: string, limitMs: number, work: () => Promise<Result>): Promise<Result>;
  /** Returns the rest of the budget, in milliseconds; 0 or less if it is used up. */
  remaining(): number;
}
