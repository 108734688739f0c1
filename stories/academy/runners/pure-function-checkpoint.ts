import { readFileSync } from 'node:fs';
import { type FunctionRun, isStarved, type Outcome } from '../confinement/function/outcomes.ts';
import { type FunctionCall, type FunctionLimits, LIMITS, runFunction } from '../confinement/function/run-function.ts';
import { checkCost, checkPurity } from '../judging/check-purity-and-cpu-time.ts';
import { evaluateRequirement, mergeSameFailures, shownInput } from '../judging/evaluate-requirement.ts';
import { explain, type LearnerFile } from '../judging/explain-run-ending.ts';
import type { Case, FunctionChecks } from '../judging/function-check-types.ts';
import type { Checkpoint, CheckReport, Problem } from '../judging/problem-report-and-checkpoint-types.ts';

/** The checks of a step whose learner writes a pure function in TypeScript. */
export interface FunctionCheckpoint extends Checkpoint {
  readonly checks: FunctionChecks;
  /** @param limits of time, memory and output @default - LIMITS */
  readonly check: (file: string, seed: number, limits?: FunctionLimits) => Promise<CheckReport>;
}

/** Calls the function in a confined process for all cases, and evaluates the results in this process. */
export const functionCheckpoint = (checks: FunctionChecks): FunctionCheckpoint => ({
  checks,
  check: (file, seed, limits = LIMITS) => checkFunction(checks, file, seed, limits),
  canary: (token) => `export function ${checks.seam}(): never {\n  throw new Error('${token}');\n}\n`,
  liar: liarOf(checks.seam),
});

async function checkFunction(
  { seam, requirements: requirementsOf, cost, helpers }: FunctionChecks,
  file: string,
  seed: number,
  limits: FunctionLimits,
): Promise<CheckReport> {
  const requirements = requirementsOf(seed);
  const cases = requirements.flatMap((requirement) => requirement.cases);
  const learner: LearnerFile = { path: file, source: readFileSync(file, 'utf8'), name: seam };
  // One case per call: cases with the same arguments share a call.
  const called = [...new Map(cases.map((each) => [each.args, each])).values()];
  const run = await runFunction({ file, name: seam, calls: called.map(callOf), helpers }, limits);
  const { printed } = run;
  if (run.ending) {
    const outcome = isStarved(run, limits) ? 'could not judge' : 'failed';
    return { printed, outcome, requirements: [], problem: problemOf(run, called, learner) };
  }
  const perCall = new Map(called.map(({ args }, index) => [args, run.outcomes[index]]));
  const perCase = new Map<Case, Outcome | undefined>(cases.map((each) => [each, perCall.get(each.args)]));
  const others = [
    ...requirements.map((requirement) => evaluateRequirement(requirement, perCase, learner)),
    ...(cost ? [checkCost(cost, run.outcomes)] : []),
  ];
  const purity = checkPurity(run.outcomes, learner);
  // Code that reads the clock or a random number returns wrong results because of it, so the cause comes first.
  const results = mergeSameFailures(purity.passed ? [...others, purity] : [purity, ...others]);
  return { printed, outcome: results.every(({ passed }) => passed) ? 'passed' : 'failed', requirements: results };
}

const callOf = ({ args, through }: Case): FunctionCall => (through === undefined ? args : { args, through });

function problemOf(
  { ending, lastCall }: FunctionRun,
  cases: readonly Case[],
  learner: LearnerFile,
): Problem | undefined {
  const during = lastCall === undefined ? undefined : cases[lastCall];
  return ending && { ...explain(ending, learner), input: during && shownInput(during) };
}

/** Returns a program that prints messages of success, and whose result has all fields that could mean success. */
const liarOf = (name: string): string => `
console.log('passed');
console.log(JSON.stringify({ outcome: 'passed', requirements: [], kind: 'value', value: { ok: true } }));
export function ${name}() {
  console.log(JSON.stringify({ kind: 'value', value: { ok: true }, passed: true }));
  return { ok: true, passed: true, outcome: 'passed', mismatch: undefined, expected: undefined };
}
`;
