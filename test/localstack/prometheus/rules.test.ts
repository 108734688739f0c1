import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { DAY, HOUR, MINUTE } from '#domain/core/time.ts';
import { burnRate } from '../../../functions/monitoring/burn-rate.ts';
import { BURN_WINDOWS, LEAST_REQUESTS } from '../../../functions/monitoring/burn-windows.ts';
import { QUERIES } from '../../../functions/monitoring/load-prometheus-queries.ts';
import { counterName } from '../../../functions/monitoring/prometheus-metric-names.ts';
import { budgetOf, SLOS, type Slo } from '../../../functions/monitoring/service-level-objectives.ts';
import { hasPrometheus, PROMETHEUS_INSTALL_HINT, promtool } from '../../../localstack/servers/run-promtool.ts';
import { describeWith } from '../../support/require-server.ts';

const RULES = 'localstack/prometheus/rules.yml';
const MOST_LINES = 120;
/** Requests per minute: many, so that the number of bad ones is an integer at every rate below. */
const REQUESTS = 100_000;
const MINUTES = 15;

interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
}
const { groups } = parse(readFileSync(RULES, 'utf8')) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const recorded = (name: string) => rules.filter(({ record }) => record === name);
/** Formats milliseconds as Prometheus does, such as 1d, 6h or 5m. */
const durationOf = (length: number) => {
  if (length % DAY === 0) return `${length / DAY}d`;
  return length % HOUR === 0 ? `${length / HOUR}h` : `${length / MINUTE}m`;
};

describe('rules.yml', () => {
  it(`has at most ${MOST_LINES} lines: everything but the counters is written once for all SLOs`, () => {
    expect(readFileSync(RULES, 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(MOST_LINES);
    const perSlo = rules.filter(({ labels, expr }) => labels?.slo !== undefined || /slo="/.test(expr));
    expect(perSlo).toHaveLength(3 * SLOS.length);
  });

  it('counts the metrics of every SLO, and has its budget and runbook', () => {
    const selector = (metric: string, { operation }: Slo) => `${counterName(metric)}{operation="${operation}"}`;
    expect(recorded('slo:requests:counter')).toEqual(
      SLOS.map((slo) => expect.objectContaining({ labels: { slo: slo.name }, expr: selector(slo.requests, slo) })),
    );
    expect(recorded('slo:errors:counter')).toEqual(
      SLOS.map((slo) => expect.objectContaining({ labels: { slo: slo.name }, expr: selector(slo.bad, slo) })),
    );
    expect(recorded('slo:budget:ratio')).toEqual(
      SLOS.map((slo) =>
        expect.objectContaining({
          labels: { slo: slo.name, runbook: slo.runbook },
          expr: `vector(${budgetOf(slo)})`,
        }),
      ),
    );
  });

  it('has one alert per pair of windows of burnRate, with its thresholds', () => {
    expect(rules.filter(({ alert }) => alert === 'SloBurning')).toEqual(
      BURN_WINDOWS.map(({ name, long, short, burn, severity }) =>
        expect.objectContaining({
          alert: 'SloBurning',
          expr: [
            `agentbricks:slo_burn:rate${durationOf(long)} > ${burn}`,
            `agentbricks:slo_burn:rate${durationOf(short)} > ${burn}`,
            `agentbricks:slo_requests:increase${durationOf(long)} >= ${LEAST_REQUESTS}`,
          ].join(' and '),
          labels: { windows: name, severity },
        }),
      ),
    );
  });
});

describeWith(
  'Prometheus',
  hasPrometheus(),
  PROMETHEUS_INSTALL_HINT,
)('promtool', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'agentbricks-rules-'));
    copyFileSync(RULES, join(folder, 'rules.yml'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const written = (name: string, value: unknown) => {
    writeFileSync(join(folder, name), stringify(value));
    return join(folder, name);
  };

  it('accepts the rules', () => {
    const { ok, output } = promtool('check', 'rules', RULES);
    expect(ok, output).toBe(true);
    expect(output).not.toContain('duplicate');
  });

  it('accepts every query of queries.promql', () => {
    const queries = [...QUERIES].map(([name, { promql }]) => ({ record: `query:${name}`, expr: promql }));
    expect(queries.length).toBeGreaterThan(10);
    const { ok, output } = promtool(
      'check',
      'rules',
      written('queries.yml', { groups: [{ name: 'q', rules: queries }] }),
    );
    expect(ok, output).toBe(true);
  });

  it('sees no alert for a short spike, few requests, a restart or old failures, but for a new counter and lost ones', () => {
    copyFileSync(join(import.meta.dirname, 'collect.yml'), join(folder, 'collect.yml'));
    const { ok, output } = promtool('test', 'rules', join(folder, 'collect.yml'));
    expect(ok, output).toBe(true);
  });

  it('sees an alert for every SLO at exactly the rates at which burnRate finds one', () => {
    const tests = [0.8, 2, 4, 10, 20].map((rate) => ({
      interval: '1m',
      input_series: SLOS.flatMap((slo) => traffic(slo, rate)),
      alert_rule_test: [
        {
          eval_time: `${MINUTES - 1}m`,
          alertname: 'SloBurning',
          exp_alerts: SLOS.flatMap((slo) => alertsOf(slo, rate)),
        },
      ],
    }));
    const { ok, output } = promtool('test', 'rules', written('rates.yml', { rule_files: ['rules.yml'], tests }));
    expect(ok, output).toBe(true);
  });
});

/** Returns an SLO's counters for a constant burn rate. SLOs that count the same requests get equal parts of them. */
const traffic = (slo: Slo, rate: number) => {
  const grows = (metric: string, perMinute: number) => ({
    series: `${counterName(metric)}{operation="${slo.operation}", instance="${slo.name}"}`,
    values: `0+${perMinute}x${MINUTES}`,
  });
  const together = SLOS.filter(({ operation, requests }) => operation === slo.operation && requests === slo.requests);
  return [grows(slo.requests, REQUESTS / together.length), grows(slo.bad, Math.round(REQUESTS * budgetOf(slo) * rate))];
};

/** Returns the alerts that burnRate implies: one for the fastest burning pair of windows, and one per slower pair. */
function alertsOf({ name: slo, objective, runbook }: Slo, rate: number) {
  const fastest = burnRate(objective, () => ({ requests: REQUESTS, bad: REQUESTS * (1 - objective) * rate }))?.windows;
  const from = BURN_WINDOWS.findIndex(({ name }) => name === fastest?.name);
  return (from < 0 ? [] : BURN_WINDOWS.slice(from)).map(({ name: windows, severity }) => ({
    exp_labels: { slo, windows, severity },
    exp_annotations: {
      summary: `${slo} spends its error budget ${rate.toFixed(1)} times too fast`,
      runbook_url: runbook,
    },
  }));
}
