import type { Failure, Reported } from './protocol.ts';

/** How one call of a learner's function ended. The judge evaluates it; the process that ran the code only reported it. */
export type Outcome = Reported<unknown>;

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

/** Part of a time limit. The timer and the count of processor time may disagree a little. */
const NEARLY = 0.9;

/**
 * Returns whether a run may have ended because the machine was too busy, so that its ending says nothing about the code: the code
 * got less processor time than its limit.
 */
export function isStarved({ ending, lastCall }: FunctionRun, limits: { load: number; call: number }): boolean {
  if (ending?.kind === 'not-started') return true;
  const limit = lastCall === undefined ? limits.load : limits.call;
  return ending?.kind === 'hang' && ending.cpuMs !== undefined && ending.cpuMs < limit * NEARLY;
}
