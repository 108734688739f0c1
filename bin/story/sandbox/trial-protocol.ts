import type { Outcome } from '../../../stories/checkpoint.ts';

/** Request to the sandboxed process: one JSON document on its standard input. */
export interface TrialRequest {
  /** Absolute path of the learner's file. */
  readonly file: string;
  /** Name of the function that the file must export. */
  readonly name: string;
  /** Arguments of each call. */
  readonly calls: readonly (readonly unknown[])[];
  /** Absolute paths of the folders and files that may be imported. A folder ends in a slash. */
  readonly readable: readonly string[];
  /** Milliseconds to load the file, and for each call. */
  readonly timeLimits: { readonly load: number; readonly call: number };
}

/** Reason why no function could be called, or why the calls ended early. */
export type TrialFailure =
  | { readonly kind: 'load'; readonly code?: string; readonly message: string; readonly stack: string }
  | { readonly kind: 'import'; readonly specifier: string }
  | { readonly kind: 'missing-export'; readonly exported: readonly string[] }
  | { readonly kind: 'not-a-function'; readonly type: string }
  /** `line`: number of the line where most time was spent, from 1. */
  | { readonly kind: 'hang'; readonly milliseconds: number; readonly line?: number }
  /** The code changed a built-in object, such as `Object.prototype` and its property `ok`. */
  | { readonly kind: 'pollution'; readonly object: string; readonly property: string };

/** One JSON line on RESULTS_FD. The learner's process writes it, so the reader validates every line. */
export type TrialLine = { readonly began: number } | { readonly outcome: Outcome } | { readonly failure: TrialFailure };

/** File descriptor of the results. Standard output belongs to the learner's code. */
export const RESULTS_FD = 3;
