import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { BURN_WINDOWS, burnRate } from '../../../functions/monitoring/burn-rate.ts';
import { budgetOf, counterName } from '../../../functions/monitoring/promql.ts';
import { SLOS, type Slo } from '../../../functions/monitoring/service-level-objectives.ts';
import { rules } from '../../../localstack/prometheus/alert-rules.ts';
import { hasPrometheus, PROMETHEUS_INSTALL_HINT, promtool } from '../../../localstack/servers/prometheus.ts';
import { describeWith } from '../../support/require-server.ts';

const RULES = 'localstack/prometheus/rules.yml';
/** Per minute: many, so that whole numbers of them are bad at every rate below. */
const REQUESTS = 100_000;
const MINUTES = 15;

describeWith(
  'Prometheus',
  hasPrometheus(),
  PROMETHEUS_INSTALL_HINT,
)('the rules', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'agentbricks-rules-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const written = (name: string, value: unknown) => {
    writeFileSync(join(folder, name), stringify(value));
    return join(folder, name);
  };

  it('are what Prometheus accepts', () => {
    const { ok, said } = promtool('check', 'rules', RULES);
    expect(ok, said).toBe(true);
    expect(said).not.toContain('duplicate');
  });

  it('wake nobody for a short spike, few requests or a restart, and stop when the cause is gone', () => {
    written('rules.yml', rules(SLOS.filter(({ name }) => name === 'collect-availability')));
    copyFileSync(join(import.meta.dirname, 'collect.yml'), join(folder, 'collect.yml'));
    const { ok, said } = promtool('test', 'rules', join(folder, 'collect.yml'));
    expect(ok, said).toBe(true);
  });

  it('fire for every SLO at exactly the rates at which watch-slo does', () => {
    written('rules.yml', rules());
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
    const { ok, said } = promtool('test', 'rules', written('rates.yml', { rule_files: ['rules.yml'], tests }));
    expect(ok, said).toBe(true);
  });
});

/** Counters of an SLO that burns at this rate all the time; another SLO of the same operation shares its requests. */
const traffic = (slo: Slo, rate: number) => {
  const grows = (metric: string, each: number) => ({
    series: `${counterName(metric)}{operation="${slo.operation}", instance="${slo.name}"}`,
    values: `0+${each}x${MINUTES}`,
  });
  const together = SLOS.filter(({ operation, requests }) => operation === slo.operation && requests === slo.requests);
  return [grows(slo.requests, REQUESTS / together.length), grows(slo.bad, Math.round(REQUESTS * budgetOf(slo) * rate))];
};

/** What burnRate says of that, and of each slower pair of windows. */
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
