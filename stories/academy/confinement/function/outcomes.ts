import type { Failure, HelperCall, ImpureRead, Reported } from './protocol.ts';

/** How one call of a learner's function ended. The judge evaluates it; the process that ran the code only reported it. */
export type Outcome = Reported<unknown>;
export type { HelperCall, ImpureRead };

/** Why a run ended before all calls had an outcome: as the process reported, or as observed from outside. */
export type RunEnding =
  | Failure
  | { readonly kind: 'killed'; readonly why: 'time' | 'memory' | 'output' | 'ended' }
  /** The process never ran the code, so nothing is known of it: the machine is too busy, or its confinement is broken. */
  | { readonly kind: 'not-started'; readonly errors: string };

export interface FunctionRun {
  /** One per call that returned or threw, in order. */
  readonly outcomes: readonly Outcome[];
  /** Absent if all calls have an outcome and the code changed no built-in object. */
  readonly ending?: RunEnding;
  /** Index of the last call that began. Absent if the code could not be loaded. */
  readonly lastCall?: number;
  /** The beginning of the code's output. */
  readonly printed: string;
}

/** Part of a time limit. Code that reached the limit with less processor time was waiting, mostly for a busy processor. */
const OWN_SHARE = 0.5;

/** Returns whether a run may have ended because the machine was too busy, so that its ending says nothing about the code. */
export function isStarved({ ending }: FunctionRun): boolean {
  if (ending?.kind === 'not-started') return true;
  return ending?.kind === 'hang' && ending.cpuMs !== undefined && ending.cpuMs < ending.milliseconds * OWN_SHARE;
}
