import { readFileSync, realpathSync } from 'node:fs';
import { type FunctionRun, isStarved, type Outcome } from '../confinement/function/outcomes.ts';
import { type FunctionLimits, LIMITS, runFunction } from '../confinement/function/run-function.ts';
import { checkCost, checkPurity } from './check-purity-and-cost.ts';
import { evaluateRequirement, mergeSameFailures, type RequirementResult, shownInput } from './evaluate-requirement.ts';
import { explain, type LearnerFile, type Problem } from './explain-run-ending.ts';
import type { Case, IdentifiedCheckpoint } from './step-requirements.ts';

/** Result of `check`, also printed by `check --json`. */
export interface CheckResult {
  readonly step: string;
  /** Absolute path of the learner's file. */
  readonly file: string;
  /** `could not judge`: the machine was too busy, so the code may be right or wrong. */
  readonly outcome: 'passed' | 'failed' | 'could not judge';
  /** Random seed of the generated cases: the same seed generates the same cases. */
  readonly seed: number;
  /** Empty if there is a problem, because then no requirement could be evaluated. */
  readonly requirements: readonly RequirementResult[];
  readonly problem?: Problem & { readonly input?: string };
  /** The beginning of the code's output. */
  readonly printed: string;
}

/** Calls the learner's function in a confined process for all cases of a step, and evaluates the results here. */
export async function runChecks(
  step: IdentifiedCheckpoint,
  path: string,
  seed: number,
  limits: FunctionLimits = LIMITS,
): Promise<CheckResult> {
  // Stack traces contain real paths.
  const file = realpathSync(path);
  const requirements = step.requirements(seed);
  const cases = requirements.flatMap((requirement) => requirement.cases);
  const learner: LearnerFile = { path: file, source: readFileSync(file, 'utf8'), name: step.seam };
  const run = await runFunction({ file, name: step.seam, calls: cases.map(({ args }) => args) }, limits);
  const common = { step: step.id, file, seed, printed: run.printed };
  if (run.ending) {
    const outcome = isStarved(run, limits) ? 'could not judge' : 'failed';
    return { ...common, outcome, requirements: [], problem: problemOf(run, cases, learner) };
  }
  const perCase = new Map<Case, Outcome | undefined>(cases.map((each, index) => [each, run.outcomes[index]]));
  const results = mergeSameFailures([
    ...requirements.map((requirement) => evaluateRequirement(requirement, perCase, learner)),
    ...(step.cost ? [checkCost(step.cost, run.outcomes)] : []),
    checkPurity(run.outcomes, learner),
  ]);
  return { ...common, outcome: results.every(({ passed }) => passed) ? 'passed' : 'failed', requirements: results };
}

function problemOf(
  { ending, lastCall }: FunctionRun,
  cases: readonly Case[],
  learner: LearnerFile,
): CheckResult['problem'] {
  const during = lastCall === undefined ? undefined : cases[lastCall];
  return ending && { ...explain(ending, learner), input: during && shownInput(during) };
}
