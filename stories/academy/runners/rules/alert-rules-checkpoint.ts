import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { mergeSameFailures } from '../../judging/evaluate-requirement.ts';
import type {
  Checkpoint,
  CheckReport,
  FailedCase,
  Problem,
  RequirementResult,
} from '../../judging/problem-report-and-checkpoint-types.ts';
import { explainProblem, explainStop } from './explain-why-prometheus-rules-failed.ts';
import type { Scenario, ScenarioReport, UnknownMetric } from './message-types.ts';
import { RULES_LIMITS, type RulesLimits, type RulesRun, runRules } from './run-rules.ts';

/** Difference between what the alerts did and what was expected. */
export interface RulesMismatch {
  readonly expected: string;
  readonly got: string;
  /** @default - the requirement's `why` */
  readonly why?: string;
  /** Line of the rule that should be read. */
  readonly line?: number;
}

/** What the rules did in one scenario. */
export interface RulesResult extends ScenarioReport {
  /** Metrics that rules read although neither a rule nor a target has them. */
  readonly unknown: readonly UnknownMetric[];
}

export interface RulesCase {
  /** Name that is the same for each seed, to tell one misconception from another. */
  readonly name: string;
  /** Description of the scenario. */
  readonly input: string;
  /** Several cases can use the same scenario, which runs once. */
  readonly scenario: Scenario;
  readonly mismatch: (result: RulesResult) => RulesMismatch | undefined;
}

/** A rule that the learner's file must follow. */
export interface RulesRequirement {
  /** The rule in the present tense. */
  readonly says: string;
  /** Why the rule matters in the running system. */
  readonly why: string;
  readonly cases: readonly RulesCase[];
}

/** The checks of a file of Prometheus rules. */
export interface RulesChecks {
  /**
   * Returns the requirements in the order in which learners should fix them.
   *
   * @param seed random seed of the generated scenarios
   */
  readonly requirements: (seed: number) => readonly RulesRequirement[];
  /** Returns a rule file that shows `token` in an alert. */
  readonly canary: (token: string) => string;
  readonly liar: string;
}

/** The checks of a step whose learner writes Prometheus rules. */
export interface RulesCheckpoint extends Checkpoint {
  /** @param limits of time, memory, output and samples @default - RULES_LIMITS */
  readonly check: (file: string, seed: number, limits?: RulesLimits) => Promise<CheckReport>;
}

/** Evaluates the rules over all scenarios in a confined process, and compares the alerts in this process. */
export const rulesCheckpoint = (checks: RulesChecks): RulesCheckpoint => ({
  check: (file, seed, limits = RULES_LIMITS) => checkRules(checks, file, seed, limits),
  canary: checks.canary,
  liar: checks.liar,
});

async function checkRules(checks: RulesChecks, path: string, seed: number, limits: RulesLimits): Promise<CheckReport> {
  const requirements = checks.requirements(seed);
  const scenarios = [...new Set(requirements.flatMap(({ cases }) => cases.map(({ scenario }) => scenario)))];
  const run = await runRules(readFileSync(path, 'utf8'), scenarios, limits);
  if (run.kind !== 'reports') return withProblem(run);
  const resultOf = new Map(
    scenarios.map((scenario, index) => [scenario, { ...(run.reports[index] as ScenarioReport), unknown: run.unknown }]),
  );
  const results = mergeSameFailures(requirements.map((each) => evaluate(each, resultOf, basename(path))));
  const outcome = results.every(({ passed }) => passed) ? 'passed' : 'failed';
  return { printed: '', outcome, requirements: results };
}

/** Returns the report of a file for which no requirement could be evaluated. */
function withProblem(run: Exclude<RulesRun, { readonly kind: 'reports' }>): CheckReport {
  const report = (outcome: CheckReport['outcome'], problem: Problem): CheckReport => ({
    ...{ printed: '', outcome, requirements: [], problem },
  });
  if (run.kind === 'problem') {
    return report(run.problem.kind === 'unsupported' ? 'could not judge' : 'failed', explainProblem(run.problem));
  }
  return report(run.why === 'time' || run.why === 'ended' ? 'could not judge' : 'failed', explainStop(run.why));
}

/** Compares what the alerts did with a requirement's cases. The first mismatch is shown. */
function evaluate(
  { says, why, cases }: RulesRequirement,
  resultOf: ReadonlyMap<Scenario, RulesResult>,
  file: string,
): RequirementResult {
  const found = cases.flatMap(({ name, input, scenario, mismatch }) => {
    const difference = mismatch(resultOf.get(scenario) as RulesResult);
    return difference ? [{ name, input, difference }] : [];
  });
  const [first] = found;
  if (!first) return { says, passed: true };
  const { line, ...difference } = first.difference;
  const look = line === undefined ? file : `${file}:${line}`;
  const failedCase: FailedCase = { input: first.input, why, ...difference, look };
  return { says, passed: false, failedCase, failed: [...new Set(found.map(({ name }) => name))] };
}
