import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from '#domain/core/time.ts';
import { BURN_WINDOWS } from '../../../functions/monitoring/burn-rate.ts';
import { DASHBOARDS } from '../../../functions/monitoring/dashboard-panels.ts';
import { budgetOf, counterName, durationOf, histogramName } from '../../../functions/monitoring/promql.ts';
import { SLOS } from '../../../functions/monitoring/service-level-objectives.ts';
import { triggers } from '../../../functions/triggers.ts';

const series = DASHBOARDS.flatMap(({ panels }) => panels.flatMap((panel) => panel.series));
const sources = globSync('{functions,layers/adapters/lambda}/**/*.ts').map((file) => readFileSync(file, 'utf8'));
/** Names that some handler counts or measures. */
const measured = new Set(
  sources.flatMap((source) => [...source.matchAll(/\.(?:count|milliseconds)\(\s*'(\w+)'/g)].map(([, name]) => name)),
);

describe('the panels', () => {
  it('show only what some handler measures', () => {
    const shown = series.flatMap((line) => ('metric' in line ? [line.metric, ...('of' in line ? [line.of] : [])] : []));
    expect(shown.length).toBeGreaterThan(10);
    expect(shown.filter((name) => !measured.has(name))).toEqual([]);
  });

  it('name functions and SLOs that there are', () => {
    const operations = series.flatMap((line) => ('operation' in line ? [line.operation] : []));
    expect(operations.filter((name) => !(name in triggers))).toEqual([]);
    const slos = series.flatMap((line) => (line.kind === 'burn' ? [line.slo] : []));
    expect([...new Set(slos)]).toEqual(SLOS.map(({ name }) => name));
  });

  it('show budgets over windows that are recorded', () => {
    const windows = BURN_WINDOWS.flatMap(({ long, short }) => [long, short]);
    for (const line of series) if (line.kind === 'burn') expect(windows).toContain(line.window);
  });
});

describe('names in Prometheus', () => {
  it('follow its conventions', () => {
    expect(counterName('FeaturesDiffered')).toBe('agentbricks_features_differed_total');
    expect(histogramName('Duration')).toBe('agentbricks_duration_milliseconds');
    expect([5 * MINUTE, 6 * HOUR, 72 * HOUR].map(durationOf)).toEqual(['5m', '6h', '3d']);
  });

  it('and budgets have no dust of floating point', () => {
    expect(budgetOf({ objective: 0.999 })).toBe(0.001);
    expect(budgetOf({ objective: 0.9999 })).toBe(0.0001);
  });
});
