import { workBudget } from '../evaluator/compiled-expressions-and-work-budget.ts';
import type { RulesRequest, RulesResponse } from '../message-types.ts';
import { METRIC } from '../promql/parse-selector.ts';
import { RuleProblem } from '../promql/rule-error.ts';
import { readRuleFile } from '../rule-file/read-rule-file.ts';
import { runScenario } from '../simulation/run-scenario.ts';
import { unknownMetrics } from '../simulation/unknown-metrics.ts';

/** Reads a rule file and evaluates it over all scenarios of a request. */
export function evaluateRequest({ token, text, version, samples, scenarios }: RulesRequest): RulesResponse {
  try {
    const groups = readRuleFile(text);
    const spend = workBudget(samples);
    const reports = scenarios.map((scenario) => runScenario(groups, scenario, { version, spend }));
    const scraped = new Set(scenarios.flatMap(({ series }) => series.map(({ labels }) => labels[METRIC] ?? '')));
    return { token, kind: 'reports', reports, unknown: unknownMetrics(groups, scraped) };
  } catch (error) {
    if (!(error instanceof RuleProblem)) throw error;
    const { kind, subject, message, line } = error;
    return { token, kind: 'problem', problem: { kind, subject, message, line } };
  }
}
