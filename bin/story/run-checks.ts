import { readFileSync, realpathSync } from 'node:fs';
import type { Case, Mismatch, Outcome, Requirement } from '../../stories/checkpoint.ts';
import { describeOutcome, explain, type LearnerFile, type Problem } from './explain-failure.ts';
import type { Step } from './find-step.ts';
import { LIMITS, type Limits, runTrial, type Trial } from './sandbox/run-trial.ts';

/** The first call that failed a requirement. */
export interface FailedCase {
  readonly input: string;
  readonly expected: string;
  readonly got: string;
  /** Reason why the requirement matters in the running system. */
  readonly why: string;
}

export interface RequirementResult {
  readonly says: string;
  readonly holds: boolean;
  readonly broken?: FailedCase;
}

/** Result of `check`, also printed by `check --json`. */
export interface CheckResult {
  readonly step: string;
  /** Absolute path of the learner's file. */
  readonly file: string;
  readonly passed: boolean;
  /** Random seed of the generated cases: the same seed generates the same cases. */
  readonly seed: number;
  /** Result of each requirement. Empty if there is a problem, because then no check could run. */
  readonly promises: readonly RequirementResult[];
  readonly problem?: Problem & { readonly input?: string };
  /** The beginning of the code's output. */
  readonly printed: string;
}

/** Maximum number of characters that are shown of an input or a result. */
const MAX_SHOWN = 400;

/**
 * Calls the learner's function in the sandbox for all cases of a step, and evaluates the results outside the sandbox.
 */
export async function runChecks(step: Step, path: string, seed: number, limits: Limits = LIMITS): Promise<CheckResult> {
  // Node uses real paths in its permission model and in stack traces.
  const file = realpathSync(path);
  const requirements = step.requirements(seed);
  const cases = requirements.flatMap((requirement) => requirement.cases);
  const calls = cases.map(({ args }) => args);
  const learner: LearnerFile = { path: file, source: readFileSync(file, 'utf8'), name: step.seam };
  const trial = await runTrial({ file, name: step.seam, calls }, limits);
  const common = { step: step.id, file, seed, printed: trial.printed };
  if (trial.ending) return { ...common, passed: false, promises: [], problem: problemOf(trial, cases, learner) };
  let evaluated = 0;
  const results = requirements.map((requirement) => {
    const outcomes = trial.outcomes.slice(evaluated, evaluated + requirement.cases.length);
    evaluated += requirement.cases.length;
    return resultOf(requirement, outcomes, learner);
  });
  return { ...common, passed: results.every(({ holds }) => holds), promises: results };
}

function problemOf({ ending, lastCall }: Trial, cases: readonly Case[], learner: LearnerFile): CheckResult['problem'] {
  const during = lastCall === undefined ? undefined : cases[lastCall];
  return ending && { ...explain(ending, learner), input: during && inputOf(during) };
}

function resultOf(
  { says, why, cases }: Requirement,
  outcomes: readonly Outcome[],
  learner: LearnerFile,
): RequirementResult {
  for (const [i, each] of cases.entries()) {
    const outcome = outcomes[i];
    const mismatch = mismatchOf(each, outcome);
    if (!mismatch) continue;
    const got = shownOutcome(outcome, learner);
    return { says, holds: false, broken: { input: inputOf(each), got, why, ...mismatch } };
  }
  return { says, holds: true };
}

function mismatchOf({ mismatch, expected }: Case, outcome: Outcome | undefined): Mismatch | undefined {
  if (outcome?.kind !== 'value') return { expected };
  if (!outcome.inputChanged) return mismatch(outcome.value);
  return {
    expected: 'its arguments unchanged',
    why: 'After the call, the caller still needs the arguments, because it stores a rejected event as a dead letter.',
  };
}

function shownOutcome(outcome: Outcome | undefined, learner: LearnerFile): string {
  if (!outcome) return 'no result';
  if (outcome.kind !== 'value') return describeOutcome(outcome, learner);
  return `${shortened(outcome.value)}${outcome.inputChanged ? ', and the function changed its argument' : ''}`;
}

const inputOf = ({ input, args }: Case): string => input ?? shortened(args[0]);

const shortened = (value: unknown): string => {
  const text = JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
};
