import type { Evaluation, PrometheusVersion, Vector } from '../evaluator/compiled-expressions-and-work-budget.ts';
import { instantSelector } from '../evaluator/evaluate-series-selectors.ts';
import type { Labels } from '../evaluator/interned-label-sets.ts';
import { seriesStore } from '../evaluator/series-store.ts';
import type { FiredAlert, Probe, ProbeReport, Scenario, ScenarioReport } from '../message-types.ts';
import { METRIC } from '../promql/parse-selector.ts';
import type { Rule, RuleGroups } from '../rule-file/rule-types.ts';
import { scraper } from './append-scraped-values.ts';
import { explainSilence } from './explain-missing-alert.ts';
import { type RuleEngine, ruleEngine } from './rule-engine.ts';

export interface ScenarioOptions {
  readonly version: PrometheusVersion;
  readonly spend: Evaluation['spend'];
}

/** Evaluates the rules over the series of a scenario, from the first scrape to the last. */
export function runScenario(groups: RuleGroups, scenario: Scenario, options: ScenarioOptions): ScenarioReport {
  const evaluation: Evaluation = { ...options, store: seriesStore() };
  const engine = ruleEngine(groups, evaluation);
  const scrape = scraper(scenario.series, evaluation);
  const fired = firingLog();
  const probes: ProbeReport[] = [];
  for (let number = 0; number < scenario.evaluations; number++) {
    const time = number * scenario.step;
    scrape(number, time);
    engine.evaluate(time);
    fired.add(number, engine.firing());
    for (const probe of scenario.probes) {
      if (probe.evaluation === number) probes.push(probeReport(probe, time, engine, evaluation));
    }
  }
  const errors = [...engine.errors].map(([{ line }, message]) => ({ line, message }));
  return { fired: fired.list(), probes, errors };
}

/** Records in which evaluations each alert fired. */
function firingLog() {
  const log = new Map<Rule, Map<Labels, [number, number][]>>();
  return {
    add: (number: number, firing: ReturnType<RuleEngine['firing']>): void => {
      for (const { rule, labels } of firing) {
        const ofRule = log.get(rule) ?? new Map<Labels, [number, number][]>();
        log.set(rule, ofRule);
        const intervals = ofRule.get(labels) ?? [];
        ofRule.set(labels, intervals);
        const last = intervals.at(-1);
        if (last?.[1] === number - 1) last[1] = number;
        else intervals.push([number, number]);
      }
    },
    list: (): FiredAlert[] =>
      [...log].flatMap(([{ name, line }, ofRule]) =>
        [...ofRule].map(([labels, firing]) => ({ alert: name, labels: plain(labels), line, firing })),
      ),
  };
}

const plain = ({ values }: Labels): Record<string, string> => Object.fromEntries(values);

function probeReport(
  { names, about = {} }: Probe,
  time: number,
  engine: RuleEngine,
  evaluation: Evaluation,
): ProbeReport {
  const values = names.flatMap((name) => {
    const matchers = [{ label: METRIC, operator: '=', value: name }] as const;
    const vector: Vector = instantSelector({ kind: 'selector', matchers, offset: 0, from: 0, to: 0 }, evaluation)(time);
    return vector.map(({ labels, value }) => ({ labels: plain(labels), value }));
  });
  const silent = engine.rules
    .filter(({ rule }) => rule.kind === 'alert')
    .flatMap((alert) => {
      const { name, labels, line } = alert.rule;
      const explanation = explainSilence(alert, about, time, engine, evaluation);
      return explanation
        ? [{ alert: name, labels, line, reason: explanation.reason, reasonLine: explanation.line }]
        : [];
    });
  return { values, silent };
}
