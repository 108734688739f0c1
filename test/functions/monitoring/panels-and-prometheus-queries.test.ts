import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { powertoolsTelemetry } from '#adapters/telemetry/powertools.ts';
import { HOUR } from '#domain/core/time.ts';
import { BURN_WINDOWS } from '../../../functions/monitoring/burn-windows.ts';
import { DASHBOARDS, type Series } from '../../../functions/monitoring/dashboard-panels.ts';
import { QUERIES, queryOf } from '../../../functions/monitoring/load-prometheus-queries.ts';
import { counterName, histogramName } from '../../../functions/monitoring/prometheus-metric-names.ts';
import { budgetOf, SLOS } from '../../../functions/monitoring/service-level-objectives.ts';
import { triggers } from '../../../functions/triggers.ts';
import { localMetrics } from '../../../localstack/embedded/aws/emf-to-prometheus-and-minute-sums.ts';
import { NOON } from '../handler-fixture.ts';

const panels = DASHBOARDS.flatMap((dashboard) => dashboard.panels);
const series = panels.flatMap((panel) => panel.series);
const sources = globSync('{functions,layers/adapters/lambda}/**/*.ts').map((file) => readFileSync(file, 'utf8'));
/** Names of the metrics that handlers count or measure. */
const measured = new Set(
  sources.flatMap((source) => [...source.matchAll(/\.(?:count|milliseconds)\(\s*'(\w+)'/g)].map(([, name]) => name)),
);

describe('the panels', () => {
  it('show only metrics that some handler measures', () => {
    const shown = series.flatMap((line) => ('metric' in line ? [line.metric, ...('of' in line ? [line.of] : [])] : []));
    expect(shown.length).toBeGreaterThan(10);
    expect(shown.filter((name) => !measured.has(name))).toEqual([]);
  });

  it('name functions and SLOs that exist', () => {
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

/** Returns the PromQL of the values that CloudWatch shows for a series. */
function promqlOf(line: Series): string {
  if (line.kind === 'burn') return `agentbricks:slo_burn:rate${line.window / HOUR}h{slo="${line.slo}"}`;
  const of = `{operation="${line.operation}"}`;
  const increase = (metric: string, window: string) => `sum(increase(${counterName(metric)}${of}[${window}]))`;
  const histogram = histogramName(line.metric);
  switch (line.kind) {
    case 'perSecond':
      return `sum(rate(${counterName(line.metric)}${of}[5m]))`;
    case 'perHour':
      return increase(line.metric, '1h');
    case 'share':
      return `${increase(line.metric, '5m')} / ${increase(line.of, '5m')}`;
    case 'quantile':
      return `1000 * histogram_quantile(${line.quantile}, sum by (le) (rate(${histogram}_bucket${of}[5m])))`;
    case 'mean':
      return `1000 * sum(rate(${histogram}_sum${of}[5m])) / sum(rate(${histogram}_count${of}[5m]))`;
  }
}

describe('queries.promql', () => {
  it.each(series.map((line) => [line.query, line] as const))(
    '%s shows the numbers that CloudWatch shows',
    (_, line) => {
      expect(queryOf(line).replace('rate1d', 'rate24h')).toBe(promqlOf(line));
    },
  );

  it('has the unit of its panel in every query, and no query that no panel shows', () => {
    for (const { unit, series: lines } of panels) {
      for (const { query } of lines) expect([query, QUERIES.get(query)?.unit]).toEqual([query, unit]);
    }
    expect([...QUERIES.keys()].sort()).toEqual([...new Set(series.map(({ query }) => query))].sort());
  });

  it('groups by no label of a user: its series are bounded', () => {
    for (const { promql } of QUERIES.values()) expect(promql).not.toMatch(/user/i);
  });

  it('rejects a query that it does not have', () => {
    const line = { query: 'no_such_query', kind: 'perHour', operation: 'collect', metric: 'Errors' } as const;
    expect(() => queryOf(line)).toThrow('queries.promql has no query no_such_query');
  });
});

describe('names in Prometheus', () => {
  it('have the base unit of their values: seconds, although handlers measure milliseconds', async () => {
    const metrics = localMetrics(() => NOON);
    const telemetry = powertoolsTelemetry({
      namespace: 'Test',
      service: 'test',
      logLevel: 'SILENT',
      onMetrics: metrics.take,
    });
    const invocation = telemetry.begin({ operation: 'collect', correlationId: 'c' });
    invocation.milliseconds('Duration', 250);
    invocation.end();
    const lines = (await metrics.exposition()).split('\n');
    expect(lines).toContain('agentbricks_duration_seconds_sum{operation="collect"} 0.25');
    expect(lines).toContain('agentbricks_duration_seconds_bucket{le="0.1",operation="collect"} 0');
    expect(lines).toContain('agentbricks_duration_seconds_bucket{le="0.25",operation="collect"} 1');
    const types = lines.flatMap((line) => /^# TYPE (\S+)/.exec(line)?.[1] ?? []);
    expect(types.filter((name) => !/_(seconds|total)$/.test(name))).toEqual([]);
  });

  it('follow its conventions', () => {
    expect(counterName('FeaturesDiffered')).toBe('agentbricks_features_differed_total');
    expect(histogramName('Duration')).toBe('agentbricks_duration_seconds');
  });
});

describe('an error budget', () => {
  it('has no floating-point noise', () => {
    expect(budgetOf({ objective: 0.999 })).toBe(0.001);
    expect(budgetOf({ objective: 0.9999 })).toBe(0.0001);
  });
});
