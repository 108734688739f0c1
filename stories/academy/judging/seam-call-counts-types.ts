/** Counts of a learner's function, measured outside of its process. */
export interface CodeCounts {
  /** Name of the seam. */
  readonly name: string;
  readonly calls: number;
  /** Number of calls that threw, hung or returned a result that the seam does not allow. */
  readonly failedCalls: number;
  readonly endedProcesses: number;
  /** The last failure, as a clause such as "threw Error: x". @default - nothing has failed */
  readonly lastFailure?: string;
}
