import type { SEAM_FILES } from '../../../layers/domain/events/seam-types.ts';

/** Difference between a result and the expected result. */
export interface Mismatch {
  readonly expected: string;
  /** @default - the requirement's `why` */
  readonly why?: string;
}

/** One call of the learner's function, with its expected result. */
export interface Case {
  readonly args: readonly unknown[];
  /** Description of the input. @default - the first argument as JSON */
  readonly input?: string;
  /** Compares the result. It is called only for outcomes of kind `value` that left the arguments unchanged. */
  readonly mismatch: (value: unknown) => Mismatch | undefined;
  /** Description of the expected result, for a call that returned none. */
  readonly expected: string;
}

/** A rule that the learner's function must follow. */
export interface Requirement {
  /** The rule in the present tense, such as "rejects an event from the future". */
  readonly says: string;
  /** Why the rule matters in the running system. */
  readonly why: string;
  readonly cases: readonly Case[];
}

/** Limit of the processor time of all calls together. */
export interface CostLimit {
  readonly says: string;
  readonly why: string;
  /** Mean processor time of a call, in milliseconds. */
  readonly milliseconds: number;
}

/** The checks of a step. Its `check.ts` exports one as `checkpoint`. */
export interface Checkpoint {
  readonly seam: keyof typeof SEAM_FILES;
  /**
   * Returns the requirements in the order in which learners should fix them.
   *
   * @param seed random seed of the generated cases
   */
  readonly requirements: (seed: number) => readonly Requirement[];
  /** @default - the calls have only time limits */
  readonly cost?: CostLimit;
}

/** A checkpoint with the id of its step, such as 01.1. */
export interface IdentifiedCheckpoint extends Checkpoint {
  readonly id: string;
}
