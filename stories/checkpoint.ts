import type { SEAM_FILES } from '../layers/domain/events/seam-types.ts';

/** How one call of the learner's function ended. The learner's process tells it; only the checkpoint judges it. */
export type Outcome =
  /** `inputChanged`: the arguments were not what they were before the call. */
  | { readonly kind: 'value'; readonly value: unknown; readonly inputChanged: boolean }
  /** An answer that JSON cannot hold. `described` is for people. */
  | { readonly kind: 'odd'; readonly described: string }
  | { readonly kind: 'promise' }
  | { readonly kind: 'threw'; readonly message: string; readonly stack: string };

/** What was wrong with one answer. */
export interface Objection {
  readonly expected: string;
  /** @default - the promise's own `why` */
  readonly why?: string;
}

/** One call, and what its answer must be. */
export interface Case {
  readonly args: readonly unknown[];
  /** The input in words. @default - the arguments as JSON */
  readonly input?: string;
  /** Only called with an outcome of kind `value` whose arguments were left alone. */
  readonly object: (value: unknown) => Objection | undefined;
  /** What an answer has to be; told where there was none. */
  readonly expected: string;
}

/** Something the function keeps, in words that teach. */
export interface KeptPromise {
  /** Present tense: "refuses an event from the future". */
  readonly says: string;
  /** Why it matters in the living system. */
  readonly why: string;
  readonly cases: readonly Case[];
}

/** What `check` verifies. A step's `check.ts` exports one as `checkpoint`. */
export interface Checkpoint {
  readonly seam: keyof typeof SEAM_FILES;
  /** The first broken promise is the one to mend first. @param seed of the randomised cases */
  readonly promises: (seed: number) => readonly KeptPromise[];
}
