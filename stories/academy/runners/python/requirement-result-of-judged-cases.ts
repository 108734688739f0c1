import type { RequirementResult } from '../../judging/problem-report-and-checkpoint-types.ts';

/** One case that a judge has evaluated. */
export interface JudgedCase {
  /** Stable name, the same for each seed. */
  readonly name: string;
  readonly input: string;
  readonly expected: string;
  /** The result, if it is not the expected one. @default - the case passed */
  readonly got?: string;
  /** @default - the requirement's `why` */
  readonly why?: string;
}

/**
 * Returns a requirement's result, which shows the first case that failed and names all of them.
 *
 * @param look place in the learner's file @default - none is known
 */
export function requirementOf(
  says: string,
  why: string,
  cases: readonly JudgedCase[],
  look?: string,
): RequirementResult {
  const failed = cases.filter(({ got }) => got !== undefined);
  const [first] = failed;
  if (!first) return { says, passed: true };
  const failedCase = {
    input: first.input,
    expected: first.expected,
    got: first.got ?? '',
    why: first.why ?? why,
    look,
  };
  return { says, passed: false, failedCase, failed: failed.map(({ name }) => name) };
}
