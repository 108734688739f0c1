import type { CollectorPorts } from '#domain/events/all-bricks-seam-types.ts';
import type { ClientEvent } from '#domain/events/client-and-stored-events.ts';

/** How one call of a learner's function ended. */
export type CallEnd =
  | { readonly kind: 'returned'; readonly value: unknown }
  /**
   * @param reason a clause for people, such as `threw Error: x`
   * @param isThrown whether the function threw, as it should if something that it needs has failed
   */
  | { readonly kind: 'failed'; readonly reason: string; readonly isThrown?: boolean }
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

/** A batch for a learner's collectEvents. */
export interface BatchToCollect {
  readonly accepted: readonly ClientEvent[];
  readonly ports: Pick<CollectorPorts, 'now' | 'headers'>;
  /** Performs a call of a port. Its error becomes the error of the call in the learner's code. */
  readonly serve: (port: string, args: readonly unknown[]) => Promise<unknown>;
  /** Whether a simulated crash ended the code in its last call of a port. @default - it never crashes */
  readonly isKilled?: () => boolean;
}

/** A learner's collectEvents in a separate process, whose calls of ports are served here. Batches run one after another. */
export interface ContainedCollector extends Disposable {
  /** Never rejects. @returns how the call ended, and why the process ended, if it did */
  call(batch: BatchToCollect, milliseconds: number): Promise<{ readonly end: CallEnd; readonly ended?: string }>;
}
