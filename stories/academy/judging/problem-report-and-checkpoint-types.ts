/** Reason, shown to a learner, why no check could run. */
export interface Problem {
  /** The error, with the wrong value. */
  readonly what: string;
  /** The cause, or why it matters. */
  readonly why: string;
  /** The next action. */
  readonly fix: string;
  /** Line number from 1, if it is known. */
  readonly line?: number;
  /** Description of the input, if the problem occurred during a call. */
  readonly input?: string;
}

/** The first call that failed a requirement. */
export interface FailedCase {
  readonly input: string;
  readonly expected: string;
  readonly got: string;
  /** Reason why the requirement matters in the running system. */
  readonly why: string;
  /** Where to look, such as file:line. */
  readonly look?: string;
}

export interface RequirementResult {
  /** The rule in the present tense. */
  readonly says: string;
  readonly passed: boolean;
  readonly failedCase?: FailedCase;
  /** The earlier requirement that failed with the same result, so that one mistake is explained once. */
  readonly sameAs?: string;
  /** Names of all cases that failed, which are the same for each seed. They tell one misconception from another. */
  readonly failed?: readonly string[];
}

/** What a check found. */
export interface CheckReport {
  /** `could not judge`: the machine was too busy or lacks something, so the code may be right or wrong. */
  readonly outcome: 'passed' | 'failed' | 'could not judge';
  /** Empty if there is a problem, because then no requirement could be evaluated. */
  readonly requirements: readonly RequirementResult[];
  readonly problem?: Problem;
  /** The beginning of the code's output. */
  readonly printed: string;
}

/** The checks of a step. Its `check.ts` exports them as `checkpoint`. */
export interface Checkpoint {
  /**
   * Runs the learner's file in confinement, and evaluates the results in this process.
   *
   * @param file real path
   * @param seed random seed of the generated cases: the same seed generates the same cases
   */
  readonly check: (file: string, seed: number) => Promise<CheckReport>;
  /**
   * Returns a program that raises `token`. The report must show the token, which proves that the check has not
   * evaluated the reference by mistake.
   */
  readonly canary: (token: string) => string;
  /** A program that does nothing but claim success, in each way that the runner's messages allow. It must fail. */
  readonly liar: string;
}
