import { compilePromql } from '../evaluator/compile.ts';
import type { CompiledVector, Evaluation } from '../evaluator/compiled-expressions-and-work-budget.ts';
import { type Labels, labelsOf, remembered, shownLabels } from '../evaluator/interned-label-sets.ts';
import { parsePromql } from '../promql/parse-promql.ts';
import { METRIC } from '../promql/parse-selector.ts';
import { invalid, RuleProblem } from '../promql/rule-error.ts';
import type { Rule, RuleGroups } from '../rule-file/rule-types.ts';
import { type AlertStates, alertStates } from './alert-states.ts';

/** A rule that can be evaluated. */
export interface CompiledRule {
  readonly rule: Rule;
  readonly expression: CompiledVector;
}

/** Evaluates the rules of a file, and stores their results as Prometheus does. */
export interface RuleEngine {
  readonly rules: readonly CompiledRule[];
  /** Evaluates all rules once, in the file's order. Times must ascend. */
  evaluate(time: number): void;
  /** Returns the alerts that fire after the last evaluation. */
  firing(): readonly { readonly rule: Rule; readonly labels: Labels }[];
  /** The first error of each rule. */
  readonly errors: ReadonlyMap<Rule, string>;
}

/**
 * Creates an engine.
 *
 * @throws RuleProblem with the line of the rule, if an expression cannot be evaluated
 */
export function ruleEngine(groups: RuleGroups, evaluation: Evaluation): RuleEngine {
  const rules = groups.flatMap((group) => group.rules).map((rule) => compileRule(rule, evaluation));
  const errors = new Map<Rule, string>();
  const steps = rules.map((compiled) =>
    compiled.rule.kind === 'record' ? recording(compiled, evaluation) : alerting(compiled, evaluation),
  );
  return {
    rules,
    errors,
    evaluate: (time) => {
      for (const { rule, run } of steps) {
        if (!attempt(rule, errors, () => run(time))) evaluation.spend(COST_OF_ERROR);
      }
    },
    firing: () => steps.flatMap(({ rule, alerts }) => alerts?.firing().map((labels) => ({ rule, labels })) ?? []),
  };
}

function compileRule(rule: Rule, evaluation: Evaluation): CompiledRule {
  try {
    const compiled = compilePromql(parsePromql(rule.expr), rule.expr, evaluation);
    if (compiled.kind === 'vector') return { rule, expression: compiled };
    // Prometheus records a number as a series without labels.
    const labels = labelsOf([]);
    return { rule, expression: { ...compiled, kind: 'vector', at: (time) => [{ labels, value: compiled.at(time) }] } };
  } catch (error) {
    throw error instanceof RuleProblem ? error.at(rule.line) : error;
  }
}

/** Cost of an error: the number of samples that could be read in the same time. */
const COST_OF_ERROR = 1_000;

/**
 * Runs a step. Errors of the data, such as ambiguous matches, end only this rule's evaluation.
 *
 * @returns whether it succeeded
 */
function attempt(rule: Rule, errors: Map<Rule, string>, run: () => void): boolean {
  try {
    run();
    return true;
  } catch (error) {
    if (!(error instanceof RuleProblem)) throw error;
    if (error.kind === 'expensive') throw error.at(rule.line);
    if (!errors.has(rule)) errors.set(rule, error.message);
    return false;
  }
}

interface Step {
  readonly rule: Rule;
  readonly run: (time: number) => void;
  readonly alerts?: AlertStates;
}

function recording({ rule, expression }: CompiledRule, { store }: Evaluation): Step {
  const labelled = remembered(({ values }: Labels) =>
    labelsOf([...values, ...Object.entries(rule.labels), [METRIC, rule.name]]),
  );
  let before: ReadonlySet<Labels> = new Set();
  const run = (time: number): void => {
    const results = expression.at(time);
    const now = new Set<Labels>();
    for (const sample of results) {
      const labels = labelled(sample.labels);
      if (now.has(labels)) throw invalid(shownLabels(labels), `the result has two series ${shownLabels(labels)}`);
      now.add(labels);
      store.append(labels, time, sample.value);
    }
    for (const labels of before) if (!now.has(labels)) store.end(labels, time);
    before = now;
  };
  return { rule, run };
}

function alerting({ rule, expression }: CompiledRule, { store }: Evaluation): Step {
  const alerts = alertStates(rule, store);
  return { rule, alerts, run: (time) => alerts.update(expression.at(time), time) };
}
