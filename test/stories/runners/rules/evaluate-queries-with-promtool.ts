import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { promtool } from '../../../../localstack/servers/run-promtool.ts';
import type { MadeSeries } from '../../../../stories/academy/runners/rules/message-types.ts';

export interface Query {
  readonly expr: string;
  /** Number of the evaluation, from 0. */
  readonly evaluation: number;
}

/** Values by labels, such as `x{a="b"}`. */
export type Values = ReadonlyMap<string, number>;

/**
 * Evaluates queries with promtool, after it has evaluated the rules over the series.
 *
 * @returns the values of each query, or `error` if promtool cannot evaluate it
 */
export function promtoolValues(
  rules: string,
  series: readonly MadeSeries[],
  minutes: number,
  queries: readonly Query[],
): readonly (Values | 'error')[] {
  const folder = mkdtempSync(join(tmpdir(), 'agentbricks-promtool-'));
  try {
    writeFileSync(join(folder, 'rules.yml'), rules);
    const test = {
      interval: `${minutes}m`,
      input_series: series.map((each) => ({ series: notationOf(each), values: valuesOf(each) })),
      // An expected result that no query has, so that promtool prints the values.
      promql_expr_test: queries.map(({ expr, evaluation }) => ({
        ...{ expr, eval_time: `${evaluation * minutes}m` },
        exp_samples: [{ labels: '{no_such_label="1"}', value: 1 }],
      })),
    };
    const file = { rule_files: ['rules.yml'], evaluation_interval: `${minutes}m`, tests: [test] };
    writeFileSync(join(folder, 'test.yml'), stringify(file, { lineWidth: 0 }));
    return readOutput(promtool('test', 'rules', join(folder, 'test.yml')).output, queries);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function notationOf({ labels }: MadeSeries): string {
  const { __name__: name, ...others } = labels;
  return `${name}{${Object.entries(others).map(([label, value]) => `${label}=${JSON.stringify(value)}`)}}`;
}

/** Returns the values in promtool's notation. A series that a scrape no longer finds becomes stale. */
const valuesOf = ({ values }: MadeSeries): string =>
  values.map((value, index) => value ?? ((values[index - 1] ?? null) === null ? '_' : 'stale')).join(' ');

/** Reads the values of each query from the differences that promtool reports, in the order of the queries. */
function readOutput(output: string, queries: readonly Query[]): (Values | 'error')[] {
  const blocks = output.split(/\n {4}expr: /).slice(1);
  if (blocks.length !== queries.length) throw new Error(`promtool reported ${blocks.length} queries: ${output}`);
  return blocks.map((block) => {
    const got = /\n {8}got: (.*)/.exec(block)?.[1];
    return got === undefined ? 'error' : readVector(got);
  });
}

function readVector(text: string): Values {
  const values = new Map<string, number>();
  for (const [, labels = '', value = ''] of text.matchAll(/\{((?:\w+="(?:[^"\\]|\\.)*"(?:, )?)*)\} (\S+?)(?:,|$)/g)) {
    values.set(labels, value.includes('Inf') ? Number.parseFloat(value.replace('Inf', 'Infinity')) : Number(value));
  }
  return values;
}
