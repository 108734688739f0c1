import type { Failure, Reported } from './message-types.ts';

/** Code of a failure to load a file that is too large, or that is not a source file. */
export const UNUSABLE_FILE = 'ERR_UNUSABLE_FILE';

/**
 * How one call of a learner's function ended. The process that ran the code only reports it; the caller evaluates it.
 */
export type Outcome = Reported<unknown>;

/** Why a run ended before every call had an outcome: as the process reported it, or as observed from outside. */
export type RunEnding =
  | Failure
  | { readonly kind: 'killed'; readonly why: 'time' | 'memory' | 'output' | 'ended' }
  /**
   * The process never ran the code, because the machine is too busy or its confinement is broken. The code is not
   * judged.
   */
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

/** Fraction of a time limit that counts as the limit, because the timer and the processor time can differ slightly. */
const NEARLY = 0.9;

/** Fraction of the total limit. Code that got less processor time was ended because the machine was busy. */
const MUCH = 0.5;

/**
 * Returns whether a run may have ended only because the machine was too busy: the code got less processor time than its
 * limit. Such an ending says nothing about the code.
 *
 * @param limits milliseconds to load the code, per call, and for all calls together
 */
export function isStarved(
  { outcomes, ending, lastCall }: FunctionRun,
  limits: { load: number; call: number; total: number },
): boolean {
  if (ending?.kind === 'not-started') return true;
  if (ending?.kind === 'killed' && ending.why === 'time') return cpuOf(outcomes) < limits.total * MUCH;
  const limit = lastCall === undefined ? limits.load : limits.call;
  return ending?.kind === 'hang' && ending.cpuMs !== undefined && ending.cpuMs < limit * NEARLY;
}

/** Returns the milliseconds of processor time of all calls that returned. */
const cpuOf = (outcomes: readonly Outcome[]): number =>
  outcomes.reduce((sum, outcome) => sum + (outcome.kind === 'value' ? outcome.cpuMs : 0), 0);
