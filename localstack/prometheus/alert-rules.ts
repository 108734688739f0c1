import { BURN_WINDOWS, type BurnWindows, LEAST_REQUESTS } from '../../functions/monitoring/burn-rate.ts';
import { burnName, burnQuery, requestsName, requestsQuery } from '../../functions/monitoring/promql.ts';
import { SLOS, type Slo } from '../../functions/monitoring/service-level-objectives.ts';

const byLength = (lengths: readonly number[]) => [...new Set(lengths)].sort((a, b) => a - b);
const LONG = byLength(BURN_WINDOWS.map(({ long }) => long));
const ALL = byLength(BURN_WINDOWS.flatMap(({ long, short }) => [long, short]));

const recorded = (slo: Slo) => [
  ...ALL.map((window) => ({ record: burnName(window), expr: burnQuery(slo, window), labels: { slo: slo.name } })),
  ...LONG.map((window) => ({
    record: requestsName(window),
    expr: requestsQuery(slo, window),
    labels: { slo: slo.name },
  })),
];

/** What burnRate (functions/monitoring/burn-rate.ts) decides, in PromQL. */
const alert = ({ name: slo, runbook }: Slo, { name, long, short, burn, severity }: BurnWindows) => ({
  alert: 'SloBurning',
  expr: [
    `${burnName(long)}{slo="${slo}"} > ${burn}`,
    `${burnName(short)}{slo="${slo}"} > ${burn}`,
    `${requestsName(long)}{slo="${slo}"} >= ${LEAST_REQUESTS}`,
  ].join(' and on (slo) '),
  labels: { slo, windows: name, severity },
  annotations: {
    summary: `${slo} spends its error budget {{ $value | printf "%.1f" }} times too fast`,
    runbook_url: runbook,
  },
});

/** Prometheus's rules, made of the same numbers as CloudWatch's alarms. */
export const rules = (slos: readonly Slo[] = SLOS) => ({
  groups: slos.map((slo) => ({
    name: slo.name,
    rules: [...recorded(slo), ...BURN_WINDOWS.map((windows) => alert(slo, windows))],
  })),
});
