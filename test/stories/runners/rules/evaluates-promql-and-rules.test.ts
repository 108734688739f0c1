import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePromql } from '../../../../stories/academy/runners/rules/evaluator/compile.ts';
import {
  type Evaluation,
  workBudget,
} from '../../../../stories/academy/runners/rules/evaluator/compiled-expressions-and-work-budget.ts';
import { labelsOf } from '../../../../stories/academy/runners/rules/evaluator/interned-label-sets.ts';
import { linearRegex } from '../../../../stories/academy/runners/rules/evaluator/linear-regex.ts';
import { seriesStore } from '../../../../stories/academy/runners/rules/evaluator/series-store.ts';
import type { MadeSeries, Scenario } from '../../../../stories/academy/runners/rules/message-types.ts';
import { parsePromql } from '../../../../stories/academy/runners/rules/promql/parse-promql.ts';
import { RuleProblem } from '../../../../stories/academy/runners/rules/promql/rule-error.ts';
import { readRuleFile } from '../../../../stories/academy/runners/rules/rule-file/read-rule-file.ts';
import { RULES_LIMITS, runRules } from '../../../../stories/academy/runners/rules/run-rules.ts';
import { scraper } from '../../../../stories/academy/runners/rules/simulation/append-scraped-values.ts';
import { runScenario } from '../../../../stories/academy/runners/rules/simulation/run-scenario.ts';
import { counterValues } from './generate-random-series.ts';

const MINUTE = 60_000;
const x = (values: readonly (number | null)[], labels = {}): MadeSeries => ({
  labels: { __name__: 'x', ...labels },
  values,
});

/** Evaluates an expression after the last scrape, or a number of minutes after the first. */
function valuesOf(expr: string, series: readonly MadeSeries[], minute?: number) {
  const evaluation: Evaluation = { store: seriesStore(), version: 3, spend: workBudget(1_000_000) };
  const compiled = compilePromql(parsePromql(expr), expr, evaluation);
  const scrapes = Math.max(...series.map(({ values }) => values.length));
  const scrape = scraper(series, evaluation);
  for (let number = 0; number < scrapes; number++) scrape(number, number * MINUTE);
  const result = compiled.at((minute ?? scrapes - 1) * MINUTE);
  return typeof result === 'number' ? result : result.map(({ value }) => value);
}

function problemOf(run: () => unknown): Pick<RuleProblem, 'kind' | 'message' | 'line'> {
  try {
    run();
  } catch (error) {
    if (error instanceof RuleProblem) return { kind: error.kind, message: error.message, line: error.line };
    throw error;
  }
  throw new Error('no problem was found');
}

describe('an expression', () => {
  it.each([
    ['label_replace(x, "a", "b", "c", "d")', 'label_replace'],
    ['predict_linear(x[1h], 60)', 'predict_linear'],
    ['topk(3, x)', 'topk'],
    ['quantile(0.9, x)', 'quantile'],
    ['max_over_time(x[1h:5m])', 'x[1h:5m]'],
    ['x @ 5', 'x @ 5'],
    ['x ^ 2', '^'],
    ['x{a=~"(?i)b"}', '(?i)b'],
    ['x{a=~"b{3}"}', 'b{3}'],
    ['-x', '-x'],
    ['x[5y]', '5y'],
  ])('that this evaluator does not know is named: %s', (expr, name) => {
    const { kind, message } = problemOf(() => valuesOf(expr, [x([1])]));
    expect(kind).toBe('unsupported');
    expect(message).toContain(name);
  });

  it.each([
    ['increased(x[5m])', 'Prometheus has no function increased'],
    ['sum(x', 'syntax error'],
    ['x +', 'syntax error'],
    ['', 'empty'],
    ['increase(x)', 'increase() needs exactly one argument, a range such as x[5m]'],
    ['x[5m]', 'only functions such as rate accept one'],
    ['sum(x)[5m]', 'needs a selector'],
    ['(x) offset 5m', 'needs a selector'],
    ['{a!="b"}', 'selects all series'],
    ['1 > 2', 'needs bool'],
    ['1 and x', 'needs vectors'],
    ['sum(1)', 'a vector is needed'],
    ['vector(x)', 'needs a number'],
  ])('that Prometheus rejects is rejected: %s', (expr, message) => {
    expect(problemOf(() => valuesOf(expr, [x([1])]))).toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining(message),
    });
  });

  it('sees the last value for five minutes, and no value of a series that has ended', () => {
    expect(valuesOf('x', [x([7])], 4)).toEqual([7]);
    expect(valuesOf('x', [x([7])], 5)).toEqual([]);
    expect(valuesOf('x', [x([7, null])], 1)).toEqual([]);
    expect(valuesOf('x offset 1m', [x([7, null])], 1)).toEqual([7]);
  });

  it('misses the first value of a counter, and counts a restart from 0', () => {
    expect(valuesOf('increase(x[1h])', [x(Array(61).fill(5))])).toEqual([0]);
    expect(valuesOf('increase(x[5m])', [x([100, 110, 4, 8, 12, 16])])).toEqual([expect.closeTo(16 * (5 / 4), 6)]);
  });

  it('fails if several series match one', () => {
    const series = [x([1], { a: '1' }), x([2], { a: '2' })];
    expect(problemOf(() => valuesOf('x / on () x', series)).message).toContain('several series');
    expect(problemOf(() => valuesOf('x / on () sum(x)', series)).message).toContain('needs group_left');
  });
});

/**
 * Extrapolated growth, straight from the samples, as Prometheus 3 computes it (promql/functions.go, extrapolatedRate).
 */
function naiveIncrease(values: readonly (number | null)[], range: number): number[] {
  const end = (values.length - 1) * MINUTE;
  const start = end - range * MINUTE;
  const samples = values.flatMap((value, minute) => (value === null ? [] : [{ time: minute * MINUTE, value }]));
  const inside = samples.filter(({ time }) => time > start && time <= end);
  const [first, last] = [inside[0], inside.at(-1)];
  if (!first || !last || inside.length < 2) return [];
  let grown = last.value - first.value;
  for (const [index, { value }] of inside.entries()) {
    const before = inside[index - 1]?.value ?? value;
    if (value < before) grown += before;
  }
  const covered = last.time - first.time;
  const mean = covered / (inside.length - 1);
  const near = (gap: number) => (gap >= mean * 1.1 ? mean / 2 : gap);
  let atStart = near(first.time - start);
  if (grown > 0) atStart = Math.min(atStart, covered * (first.value / grown));
  return [grown * ((covered + atStart + near(end - last.time)) / covered)];
}

describe('increase and rate', () => {
  it('equal a naive computation, for any restarts and gaps', () => {
    const lengths = fc.integer({ min: 1, max: 40 }).chain((length) => counterValues(length));
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 60 }), (values, range) => {
        const expected = naiveIncrease(values, range);
        const close = expected.map((value) => expect.closeTo(value, 6));
        expect(valuesOf(`increase(x[${range}m])`, [x(values)])).toEqual(close);
        const rates = expected.map((value) => expect.closeTo(value / (range * 60), 9));
        expect(valuesOf(`rate(x[${range}m])`, [x(values)])).toEqual(rates);
      }),
    );
  });
});

const file = (...rules: string[]) =>
  `groups:\n  - name: g\n    rules:\n${rules.map((rule) => `      - ${rule}\n`).join('')}`;

function scenarioOf(values: readonly (number | null)[]): Scenario {
  return { series: [x(values)], step: MINUTE, evaluations: values.length, probes: [] };
}

const fired = (text: string, values: readonly (number | null)[]) =>
  runScenario(readRuleFile(text), scenarioOf(values), { version: 3, spend: () => undefined }).fired;

describe('rules', () => {
  it('fire after `for`, and start again after a gap', () => {
    const alert = file('{ alert: A, expr: x > 0, for: 2m, labels: { severity: page } }');
    expect(fired(alert, [1, 1, 1, 1, 0, 1, 1, 1, 1])).toEqual([
      {
        alert: 'A',
        line: 4,
        labels: { alertname: 'A', severity: 'page' },
        firing: [
          [2, 3],
          [7, 8],
        ],
      },
    ]);
  });

  it('see the series that a rule above has recorded, and lose it when the rule has no result', () => {
    const text = file('{ record: y, expr: x > 0 }', '{ alert: A, expr: y }');
    expect(fired(text, [1, 1, 0, 1])[0]?.firing).toEqual([
      [0, 1],
      [3, 3],
    ]);
  });

  it('that fail during an evaluation have no result, and the error is reported with its line', () => {
    const text = file('{ alert: A, expr: x / on () sum(x) }');
    const series = [x([1], { a: '1' }), x([2], { a: '2' })];
    const scenario = { ...scenarioOf([1]), series };
    const report = runScenario(readRuleFile(text), scenario, { version: 3, spend: () => undefined });
    expect(report).toMatchObject({ fired: [], errors: [{ line: 4, message: expect.stringContaining('group_left') }] });
  });
});

describe('a rule file', () => {
  it.each([
    ['groups:\n\t- name: g\n', 'not YAML', 2],
    ['groups: []\n# a comment\0\n', 'a control character', 2],
    ['# only a comment\n', 'the file contains no rules', 1],
    ['', 'the file contains no rules', 1],
    ['- groups', 'must be a map', 1],
    ['rules: []', 'the field rules', 1],
    ['groups: []', 'at least one entry', 1],
    [file('{ record: y, exp: x }'), 'the field exp', 4],
    [file('{ record: y, expr: x, for: 5m }'), 'the field for', 4],
    [file('{ record: y }'), 'expr must be a text', 4],
    [file('{ expr: x }'), 'either the field record or the field alert', 4],
    [file('{ record: y-z, expr: x }'), 'not a valid name', 4],
    [file('{ record: y, expr: x }', '{ alert: A, expr: x, for: 5 minutes }'), 'not a duration', 5],
    [file('{ record: y, expr: x }', '{ record: y, record: z, expr: x }'), 'unique', 5],
  ])('that Prometheus rejects is rejected with its line: %j', (text, message, line) => {
    expect(problemOf(() => readRuleFile(text))).toEqual({
      kind: 'invalid',
      message: expect.stringContaining(message),
      line,
    });
  });

  it('with a field or a template that the evaluator does not know cannot be judged', () => {
    const unknown = [
      file('{ alert: A, expr: x, keep_firing_for: 5m }'),
      file("{ alert: A, expr: x, labels: { a: '{{ $value }}' } }"),
    ];
    for (const text of unknown)
      expect(problemOf(() => readRuleFile(text))).toMatchObject({ kind: 'unsupported', line: 4 });
  });
});

describe('a hostile regular expression', () => {
  it.each(['(a+)+b', '(a|a)*b', '(a*)*b', '.*.*.*.*.*.*b'])('takes linear time: %s', (source) => {
    const matches = linearRegex(source);
    expect(matches('a'.repeat(20_000))).toBe(false);
    expect(matches('aab')).toBe(true);
  });

  it.each(['('.repeat(4_000), '[z-a]', 'a**', '(?=a)', '\\1', 'a{1000}{1000}', '(', '[', '\\', '😀'])(
    'that is invalid or unknown is reported: %s',
    (source) => {
      expect(problemOf(() => linearRegex(source)).kind).toBe('unsupported');
    },
  );

  it('matches what JavaScript matches, if it is simple', () => {
    const sources = fc.array(fc.constantFrom('a', 'b', '.', '(a|b)', '[ab]', 'a*', 'b?', '(ab)+'), { maxLength: 6 });
    fc.assert(
      fc.property(sources, fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 }), (parts, text) => {
        const source = parts.join('');
        expect(linearRegex(source)(text)).toBe(new RegExp(`^(?:${source})$`).test(text));
      }),
    );
  });
});

/** A hostile file, and what the runner must report. All of them must end long before the limits of a check. */
const HOSTILE: readonly (readonly [string, string, object])[] = [
  [
    'YAML aliases that expand to a billion nodes',
    `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'.replaceAll(/./g, (name) => `${name}: &${name} [${`*${String.fromCharCode(name.charCodeAt(0) - 1)},`.repeat(9)}]\n`)}groups: *i`,
    { kind: 'problem', problem: { kind: 'invalid' } },
  ],
  ['YAML nested 50,000 deep', `groups: ${'['.repeat(49_000)}`, { kind: 'problem', problem: { kind: 'invalid' } }],
  ['a file of 10 MB', `# ${'x'.repeat(10_000_000)}`, { kind: 'problem', problem: { kind: 'invalid' } }],
  [
    'an expression nested 2,000 deep',
    file(`{ record: y, expr: "${'('.repeat(2_000)}x${')'.repeat(2_000)}" }`),
    { kind: 'problem', problem: { kind: 'invalid' } },
  ],
  [
    'a sum of 1,600 terms',
    file(`{ record: y, expr: "${Array(1_600).fill('x').join('+')}" }`),
    { kind: 'problem', problem: { kind: 'invalid' } },
  ],
  [
    'a range of 100 years',
    file('{ record: y, expr: "increase(x[100y])" }'),
    { kind: 'problem', problem: { kind: 'unsupported' } },
  ],
  [
    '300 rules that each read 31 days',
    file(
      ...Array.from(
        { length: 300 },
        (_, index) => `{ record: y${index}, expr: 'sum_over_time(x[31d]) + sum_over_time(x[31d])' }`,
      ),
    ),
    { kind: 'problem', problem: { kind: 'expensive' } },
  ],
  [
    '300 rules that read all series',
    file(
      ...Array.from(
        { length: 300 },
        (_, index) => `{ record: y${index}, expr: 'count({__name__=~".+"}) + count({__name__=~".+"})' }`,
      ),
    ),
    { kind: 'problem', problem: { kind: 'expensive' } },
  ],
  [
    '300 rules that fail',
    file(
      ...Array.from(
        { length: 300 },
        (_, index) => `{ record: y${index}, expr: '{__name__=~"x|up"} * on () {__name__=~"x|up"}' }`,
      ),
    ),
    { kind: 'problem', problem: { kind: 'expensive' } },
  ],
  [
    '1,000 rules',
    file(...Array.from({ length: 1_000 }, (_, index) => `{ record: y${index}, expr: x }`)),
    { kind: 'problem', problem: { kind: 'invalid' } },
  ],
  [
    'names of JavaScript’s prototype',
    file('{ record: __proto__, labels: { constructor: toString, __proto__: a }, expr: x }'),
    { kind: 'reports' },
  ],
  ['a rule that reads itself', file('{ record: y, expr: y or x }', '{ alert: A, expr: y > 5 }'), { kind: 'reports' }],
  [
    'a response of its own',
    file(`{ record: y, labels: { a: '"}\\n{"kind":"reports","reports":[]}\\n' }, expr: x }`),
    { kind: 'reports' },
  ],
];

describe('the runner', () => {
  it.each(HOSTILE)('reports %s', { timeout: 120_000 }, async (_, text, expected) => {
    const up = { labels: { __name__: 'up' }, values: Array(600).fill(1) };
    const series = [x(Array.from({ length: 600 }, (_each, minute) => minute)), up];
    const scenario: Scenario = { series, step: MINUTE, evaluations: 600, probes: [] };
    expect(await runRules(text, [scenario])).toMatchObject(expected);
  });

  it('ends a process that takes too long, and says so', { timeout: 60_000 }, async () => {
    const scenario = scenarioOf(Array.from({ length: 100_000 }, (_, minute) => minute));
    const run = await runRules(file('{ record: y, expr: x }'), [scenario], { ...RULES_LIMITS, total: 50 });
    expect(run).toEqual({ kind: 'stopped', why: 'time' });
  });

  it('keeps equal label sets as one object', () => {
    expect(
      labelsOf([
        ['a', '1'],
        ['b', '2'],
      ]),
    ).toBe(
      labelsOf([
        ['b', '2'],
        ['a', '1'],
        ['c', ''],
      ]),
    );
  });
});
