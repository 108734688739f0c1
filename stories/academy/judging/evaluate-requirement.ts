import { inspect } from 'node:util';
import type { Outcome } from '../confinement/function/outcomes.ts';
import { describeOutcome, type LearnerFile } from './explain-run-ending.ts';
import type { Case, Mismatch, Requirement } from './step-requirements.ts';

/** The first call that failed a requirement. */
export interface FailedCase {
  readonly input: string;
  readonly expected: string;
  readonly got: string;
  /** Reason why the requirement matters in the running system. */
  readonly why: string;
}

export interface RequirementResult {
  /** The rule in the present tense. */
  readonly says: string;
  readonly passed: boolean;
  readonly failedCase?: FailedCase;
  /** The earlier requirement that failed with the same result, so that one mistake is explained once. */
  readonly sameAs?: string;
}

/** Longest description of an input or a result, in characters. */
const MAX_SHOWN = 400;
const MAX_DEPTH = 6;

/** Compares the outcomes of a requirement's cases with the expected results. */
export function evaluateRequirement(
  { says, why, cases }: Requirement,
  outcomes: ReadonlyMap<Case, Outcome | undefined>,
  learner: LearnerFile,
): RequirementResult {
  for (const each of cases) {
    const outcome = outcomes.get(each);
    const mismatch = mismatchOf(each, outcome);
    if (!mismatch) continue;
    const got = shownOutcome(outcome, learner);
    return { says, passed: false, failedCase: { input: shownInput(each), got, why, ...mismatch } };
  }
  return { says, passed: true };
}

/** Refers each failure with the same result to the first one. Results that depend on the input differ. */
export function mergeSameFailures(results: readonly RequirementResult[]): readonly RequirementResult[] {
  const first = new Map<string, string>();
  return results.map((result) => {
    const { says, passed, failedCase } = result;
    const earlier = failedCase && first.get(failedCase.got);
    if (earlier !== undefined) return { says, passed, sameAs: earlier };
    if (failedCase) first.set(failedCase.got, says);
    return result;
  });
}

function mismatchOf({ mismatch, expected }: Case, outcome: Outcome | undefined): Mismatch | undefined {
  if (outcome?.kind !== 'value') return { expected };
  if (!outcome.inputChanged) return mismatch(outcome.value);
  return {
    expected: 'its arguments unchanged',
    why: 'The caller still needs its arguments: it stores a rejected event as a dead letter.',
  };
}

function shownOutcome(outcome: Outcome | undefined, learner: LearnerFile): string {
  if (!outcome) return 'no result';
  if (outcome.kind !== 'value') return describeOutcome(outcome, learner);
  return `${shown(outcome.value)}${outcome.inputChanged ? ', and the function changed its argument' : ''}`;
}

/** Describes the input of a case. */
export const shownInput = ({ input, args }: Case): string => input ?? shown(args[0]);

function shown(value: unknown): string {
  const text = inspect(value, { breakLength: Number.POSITIVE_INFINITY, depth: MAX_DEPTH, maxStringLength: MAX_SHOWN });
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
