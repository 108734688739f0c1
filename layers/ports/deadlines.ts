/** Limits how long work may take. The code that composes a system chooses the clock: see docs/serving.md, "Clocks". */
export interface Deadlines {
  /** Starts the time that all stages of one request, or of one invocation, share. @param limitMs milliseconds */
  start(limitMs: number): Deadline;
}

/** The time of one request or invocation. */
export interface Deadline {
  /**
   * Runs one stage and returns its result.
   *
   * @param stage name of the stage in the error
   * @param limitMs milliseconds the stage may take, or less where less of the shared time is left
   * @throws DeadlinePassed, or any error of the work
   */
  run<Result>(stage: string, limitMs: number, work: () => Promise<Result>): Promise<Result>;
  /** Returns the milliseconds that are left. */
  remaining(): number;
}
