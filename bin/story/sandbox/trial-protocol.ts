import type { Outcome } from '../../../stories/checkpoint.ts';

/** What the sandboxed process is asked, as one JSON document on its standard input. */
export interface TrialRequest {
  /** The learner's file, absolute. */
  readonly file: string;
  /** The function it has to export. */
  readonly name: string;
  /** The arguments of each call. */
  readonly calls: readonly (readonly unknown[])[];
  /** Folders and files that may be imported, absolute; folders end in a slash. */
  readonly readable: readonly string[];
  /** For loading the file, and for each call. Milliseconds. */
  readonly timeLimits: { readonly load: number; readonly call: number };
}

/** What went wrong with the file as a whole; after it nothing is called. */
export type TrialFailure =
  | { readonly kind: 'load'; readonly code?: string; readonly message: string; readonly stack: string }
  | { readonly kind: 'import'; readonly specifier: string }
  | { readonly kind: 'missing-export'; readonly exported: readonly string[] }
  | { readonly kind: 'not-a-function'; readonly type: string }
  /** `line` is where it spent its time, from 1. */
  | { readonly kind: 'hang'; readonly milliseconds: number; readonly line?: number }
  /** A built-in object has changed: `Object.prototype`, `ok`. */
  | { readonly kind: 'pollution'; readonly object: string; readonly property: string };

/** What it answers: JSON lines on RESULTS_FD. Written by the learner's process, so nothing in it is believed. */
export type TrialLine = { readonly began: number } | { readonly outcome: Outcome } | { readonly failure: TrialFailure };

/** Standard output is the learner's own; results have a pipe of their own. */
export const RESULTS_FD = 3;
