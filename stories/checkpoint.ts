import type { SEAM_FILES } from '../layers/domain/events/seam-types.ts';

/** How one call of the learner's function ended. The learner's process only reports it; the checkpoint evaluates it. */
export type Outcome =
  /** `inputChanged`: the call changed its arguments. */
  | { readonly kind: 'value'; readonly value: unknown; readonly inputChanged: boolean }
  /** A return value that is not an object, or that JSON cannot represent. `described` shows it to the learner. */
  | { readonly kind: 'unusable'; readonly described: string }
  | { readonly kind: 'promise' }
  | { readonly kind: 'threw'; readonly message: string; readonly stack: string };

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

/** The checks of a step. Its `check.ts` exports one as `checkpoint`. */
export interface Checkpoint {
  readonly seam: keyof typeof SEAM_FILES;
  /**
   * Returns the requirements in the order in which learners should fix them.
   *
   * @param seed random seed of the generated cases
   */
  readonly requirements: (seed: number) => readonly Requirement[];
}
