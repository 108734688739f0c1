import { inspect } from 'node:util';
import type { Outcome } from '../confinement/function/outcomes.ts';
import { describeOutcome, type LearnerFile } from './explain-run-ending.ts';
import type { Case, Mismatch, Requirement } from './function-check-types.ts';
import type { RequirementResult } from './problem-report-and-checkpoint-types.ts';

/** Longest description of an input or a result, in characters. */
const MAX_SHOWN = 400;
const MAX_DEPTH = 6;
/** Name of all generated cases together. */
const GENERATED = 'generated';

/** Compares the outcomes of a requirement's cases with the expected results. */
export function evaluateRequirement(
  { says, why, cases, generated }: Requirement,
  outcomes: ReadonlyMap<Case, Outcome | undefined>,
  learner: LearnerFile,
): RequirementResult {
  const mismatches = cases.map((each) => mismatchOf(each, outcomes.get(each)));
  const first = mismatches.findIndex((mismatch) => mismatch !== undefined);
  const each = cases[first];
  if (!each) return { says, passed: true };
  const failed = cases.flatMap((of, index) => (mismatches[index] ? [failureName(index, outcomes.get(of))] : []));
  const got = shownOutcome(outcomes.get(each), learner);
  const failedCase = { input: shownInput(each), got, why, ...(mismatches[first] as Mismatch) };
  return { says, passed: false, failedCase, failed: generated ? [GENERATED] : failed };
}

/** A call that returned a wrong value and one that threw are different failures. */
const failureName = (index: number, outcome: Outcome | undefined): string =>
  outcome && outcome.kind !== 'value' ? `${index} ${outcome.kind}` : String(index);

/**
 * If several requirements fail with the same result, the later ones refer to the first one. Results that depend on the
 * input differ, so they are not merged.
 */
export function mergeSameFailures(results: readonly RequirementResult[]): readonly RequirementResult[] {
  const first = new Map<string, string>();
  return results.map((result) => {
    const { failedCase, ...rest } = result;
    const earlier = failedCase && first.get(failedCase.got);
    if (earlier !== undefined) return { ...rest, sameAs: earlier };
    if (failedCase) first.set(failedCase.got, result.says);
    return result;
  });
}

function mismatchOf({ mismatch, expected }: Case, outcome: Outcome | undefined): Mismatch | undefined {
  if (outcome?.kind !== 'value') return { expected };
  if (!outcome.inputChanged) return mismatch(outcome.value);
  return {
    expected: 'its arguments unchanged',
    why: 'The caller uses the arguments again after the call, so a change to them is a change to data of the caller.',
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
