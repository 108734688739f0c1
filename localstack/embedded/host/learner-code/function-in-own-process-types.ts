/** How one call of a learner's function ended. */
export type CallEnd =
  | { readonly kind: 'returned'; readonly value: unknown }
  /** @param reason a clause for people, such as `threw Error: x` */
  | { readonly kind: 'failed'; readonly reason: string }
  /** The process ended first. `isSuspect`: it may have ended because of this call. */
  | { readonly kind: 'unfinished'; readonly isSuspect: boolean };

export interface BatchEnd {
  /** One per call, in order. */
  readonly calls: readonly CallEnd[];
  /** Why the process ended, as a clause for people. @default - it has not ended */
  readonly ended?: string;
}

export interface BatchLimits {
  /** Milliseconds until the process is ended. */
  readonly milliseconds: number;
  /** Runs the calls so that at most one is a suspect if the process ends. That call is `failed`. */
  readonly singly: boolean;
}

/**
 * A learner's function in a separate process, from which it cannot reach this one. If the process has ended, the next
 * call starts a new one.
 */
export interface ContainedFunction extends Disposable {
  /** Calls the function once per list of arguments. Never rejects. */
  call(batch: readonly (readonly unknown[])[], limits: BatchLimits): Promise<BatchEnd>;
}
