import type { Source } from '../confinement/function/bundle-code.ts';

/** Difference between a result and the expected result. */
export interface Mismatch {
  readonly expected: string;
  /** Description of the result. @default - the result itself */
  readonly got?: string;
  /** @default - the requirement's `why` */
  readonly why?: string;
}

/** One call of the learner's function, with its expected result. */
export interface Case {
  /** Cases with the same array share one call. */
  readonly args: readonly unknown[];
  /** Export of the step's `helpers` that receives the function and then `args`. @default - the function itself */
  readonly through?: string;
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
  /** Whether the cases are generated from the seed, so that their numbers mean nothing. */
  readonly generated?: boolean;
}

/** Limit of the processor time of all calls together. */
export interface CostLimit {
  readonly says: string;
  readonly why: string;
  /** Mean processor time of a call, in milliseconds. */
  readonly milliseconds: number;
}

/** The checks of a pure function. */
export interface FunctionChecks {
  /** Name of the function that the learner's file exports. */
  readonly seam: string;
  /**
   * Returns the requirements in the order in which learners should fix them.
   *
   * @param seed random seed of the generated cases
   */
  readonly requirements: (seed: number) => readonly Requirement[];
  /** Code of the step in the learner's realm, which must not judge anything. @default - none */
  readonly helpers?: Source;
  /** @default - the calls have only time limits */
  readonly cost?: CostLimit;
}
