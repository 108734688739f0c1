import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { QUERIES } from '../../../../functions/monitoring/load-prometheus-queries.ts';
import { histogramName } from '../../../../functions/monitoring/prometheus-metric-names.ts';
import { hasPrometheus, PROMETHEUS_INSTALL_HINT, promtool } from '../../../../localstack/servers/run-promtool.ts';
import { compilePromql } from '../../../../stories/academy/runners/rules/evaluator/compile.ts';
import type {
  PrometheusVersion,
  Vector,
} from '../../../../stories/academy/runners/rules/evaluator/compiled-expressions-and-work-budget.ts';
import { seriesStore } from '../../../../stories/academy/runners/rules/evaluator/series-store.ts';
import type { MadeSeries } from '../../../../stories/academy/runners/rules/message-types.ts';
import { parsePromql } from '../../../../stories/academy/runners/rules/promql/parse-promql.ts';
import { RuleProblem } from '../../../../stories/academy/runners/rules/promql/rule-error.ts';
import { readRuleFile } from '../../../../stories/academy/runners/rules/rule-file/read-rule-file.ts';
import { scraper } from '../../../../stories/academy/runners/rules/simulation/append-scraped-values.ts';
import { ruleEngine } from '../../../../stories/academy/runners/rules/simulation/rule-engine.ts';
import { describeWith } from '../../../support/require-server.ts';
import { promtoolValues, type Query } from './evaluate-queries-with-promtool.ts';
import { counterValues, histogramSeries, sloSeries } from './generate-random-series.ts';

const RULES = readFileSync('localstack/prometheus/rules.yml', 'utf8');
const MINUTE = 60_000;
const LENGTH = 100;
/** promtool takes a second per test. */
const RUNS = { numRuns: 2, seed: 1, endOnFailure: true };

/** Evaluates the rules and the queries with our evaluator. */
function ourValues(rules: string, series: readonly MadeSeries[], minutes: number, queries: readonly Query[]) {
  const major = Number(/version (\d+)/.exec(promtool('--version').output)?.[1]);
  const version: PrometheusVersion = major >= 3 ? 3 : 2;
  const evaluation = { store: seriesStore(), version, spend: () => undefined };
  const engine = ruleEngine(readRuleFile(rules), evaluation);
  const compiled = queries.map(({ expr }) => compilePromql(parsePromql(expr), expr, evaluation));
  const scrape = scraper(series, evaluation);
  const results: (ReadonlyMap<string, number> | 'error')[] = [];
  for (let number = 0; number <= Math.max(...queries.map(({ evaluation: each }) => each)); number++) {
    scrape(number, number * minutes * MINUTE);
    engine.evaluate(number * minutes * MINUTE);
    for (const [index, query] of queries.entries()) {
      if (query.evaluation === number)
        results[index] = attempt(() => compiled[index]?.at(number * minutes * MINUTE) ?? []);
    }
  }
  return results;
}

/** Returns the values, or `error` if the evaluation fails. */
function attempt(evaluate: () => Vector | number): ReadonlyMap<string, number> | 'error' {
  try {
    return valuesOf(evaluate());
  } catch (error) {
    if (error instanceof RuleProblem) return 'error';
    throw error;
  }
}

const valuesOf = (value: Vector | number): ReadonlyMap<string, number> =>
  new Map(typeof value === 'number' ? [['', value]] : value.map((each) => [notation(each.labels), each.value]));

/** Formats labels as promtool does: sorted, with the name first. */
const notation = ({ values }: Vector[number]['labels']) =>
  [...values].map(([name, value]) => `${name}="${value}"`).join(', ');

/** @param least minimum number of values of the last query, so that the comparison is not empty */
function expectSame(
  rules: string,
  series: readonly MadeSeries[],
  minutes: number,
  queries: readonly Query[],
  least = 0,
): void {
  const theirs = promtoolValues(rules, series, minutes, queries);
  const ours = ourValues(rules, series, minutes, queries);
  expect((theirs.at(-1) as ReadonlyMap<string, number>).size).toBeGreaterThanOrEqual(least);
  for (const [index, query] of queries.entries()) {
    const [expected, actual] = [theirs[index], ours[index]];
    const about = `${query.expr} at ${query.evaluation}`;
    if (expected === undefined || expected === 'error' || actual === undefined || actual === 'error') {
      expect(actual, about).toBe(expected);
      continue;
    }
    expect([...actual.keys()].sort(), about).toEqual([...expected.keys()].sort());
    for (const [labels, value] of expected) {
      const got = actual.get(labels) ?? Number.NaN;
      const isClose = Object.is(got, value) || got === value || Math.abs(got - value) <= 1e-9 * Math.abs(value);
      expect(isClose, `${about}: {${labels}} is ${got}, but promtool says ${value}`).toBe(true);
    }
  }
}

const NO_RULES = 'groups: [{ name: none, rules: [{ record: unused, expr: vector(1) }] }]';

/** Series x and y, each of two instances. */
const namedXAndY = (values: readonly (readonly (number | null)[])[]): MadeSeries[] =>
  ['x', 'x', 'y', 'y'].map((name, index) => ({
    labels: { __name__: name, instance: index % 2 === 0 ? 'a' : 'b', ...(name === 'y' ? { zone: 'n-1' } : {}) },
    values: values[index] ?? [],
  }));

const EXPRESSIONS = [
  ...['x', 'x offset 3m', 'x{instance="a"}', 'x{instance!="a"}', 'x{zone=""}', '{__name__=~"x|y",instance=~"[ab]"}'],
  ...['y{zone=~"n-.+"}', 'y{zone!~"n|m-1"}', 'x{instance=~"a?"}', "y{zone='n-1'}", 'y{zone=~`n-\\d`}'],
  ...['rate(x[5m])', 'increase(x[10m])', 'increase(x[10m] offset 4m)', 'rate(x[1h])', 'increase(x[2m])'],
  ...['avg_over_time(x[7m])', 'sum_over_time(x[7m])', 'count_over_time(x[7m])', 'min_over_time(x[7m])'],
  ...['max_over_time(x[7m])', 'last_over_time(x[7m])', 'present_over_time(x[7m])', 'absent_over_time(x[7m])'],
  ...['absent(x)', 'absent(z{a="b",c=~"d"})', 'absent_over_time(z{a="b"}[5m])', 'absent(sum(z))', 'vector(time())'],
  ...[
    'sum(x)',
    'sum by (instance) (y)',
    'sum without (zone) (y)',
    'avg(x)',
    'min(x)',
    'max(x)',
    'count(x)',
    'group(x)',
  ],
  ...['abs(x - 500)', 'ceil(x / 3)', 'floor(x / 3)', 'round(x / 7, 0.1)', 'round(x / 7)', 'clamp_min(x, 90)'],
  ...['clamp_max(x, 90)', 'x * scalar(sum(y))', 'x > scalar(sum(y))', 'x + 1', '2 * x', '1 / x', 'x % 7', '-1 * x'],
  ...['x > 100', '100 < x', 'x > bool 100', 'x == x', 'x != bool 3', 'x >= 1 <= 1000', '1 + 2 * 3 - 4 / 5 > bool 1'],
  ...['x / y', 'x / ignoring (zone) y', 'x / on (instance) y', 'x > on (instance) y', 'x > bool on (instance) y'],
  ...[
    'y * on (instance) group_left (zone) x',
    'x * on (instance) group_left (zone) y',
    'x * on (instance) group_right () y',
  ],
  ...['x and y', 'x and on (instance) y', 'x or y', 'x or on (instance) y', 'x unless y', 'x unless on (instance) y'],
  ...[
    'x and on (instance) y or y offset 10m',
    'x unless x offset 5m or increase(x[5m])',
    'x or y unless x and on () y',
  ],
  ...[
    'x / ignoring (zone) y offset 5m * on (instance) x',
    'x - x offset 5m > 3',
    'sum(x) / on () sum(y offset 2m) + 1',
  ],
  ...['0 * x unless present_over_time(x[1h] offset 1m) and on (instance) y offset 1m or x', '(x) - (y or x)'],
  ...['x * on () x', 'sum(x) * on () x', 'x # a comment', 'sum(x)\n  > 1', '+5 * x', 'x > 0x1F', 'x < Inf'],
];

const EVERYTHING = '{__name__=~".+:.+|ALERTS|ALERTS_FOR_STATE"}';

describeWith(
  'Prometheus',
  hasPrometheus(),
  PROMETHEUS_INSTALL_HINT,
)('our evaluator agrees with promtool', () => {
  it.each([1, 2])('on all series and alerts of our rules, with a scrape every %i minutes', (minutes) => {
    fc.assert(
      fc.property(sloSeries(LENGTH), (series) => {
        const queries = [0, 1, 2, 7, 33, 61, LENGTH - 1].map((evaluation) => ({ expr: EVERYTHING, evaluation }));
        expectSame(RULES, series, minutes, queries, 40);
      }),
      RUNS,
    );
  });

  it('on all queries of the dashboards', () => {
    const [metric, operation] = [histogramName('Duration'), 'collect'];
    const queries = [...QUERIES.values()].map(({ promql }) =>
      promql.replaceAll('$operation', operation).replaceAll('$slo', 'collect-availability'),
    );
    fc.assert(
      fc.property(sloSeries(LENGTH), histogramSeries(metric, operation, LENGTH), (counters, histogram) => {
        const all = queries.flatMap((expr) => [20, 70].map((evaluation) => ({ expr, evaluation })));
        expectSame(RULES, [...counters, ...histogram], 1, all);
      }),
      RUNS,
    );
  });

  it.each([1, 3])('on each function and operator, with a scrape every %i minutes', (minutes) => {
    fc.assert(
      fc.property(fc.array(counterValues(40), { minLength: 4, maxLength: 4 }), (values) => {
        const all = EXPRESSIONS.flatMap((expr) => [1, 4, 39].map((evaluation) => ({ expr, evaluation })));
        expectSame(NO_RULES, namedXAndY(values), minutes, all);
      }),
      RUNS,
    );
  });
});
