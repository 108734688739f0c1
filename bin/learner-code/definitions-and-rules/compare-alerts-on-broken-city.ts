import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { MINUTE } from '#domain/core/time.ts';
import type { MetricHistory } from '#domain/events/all-bricks-seam-types.ts';
import type { AlertFigures } from '#domain/experiments/live-check-figure-types.ts';
import { runMonitoredCity } from '../../../localstack/embedded/studies/live-city/simulate-city-and-scrape-metrics.ts';
import type {
  AlertComparison,
  AlertRequest,
} from '../../../stories/academy/judging/pipeline-and-alert-figure-types.ts';
import type { FiredAlert, Scenario } from '../../../stories/academy/runners/rules/message-types.ts';
import { runRules } from '../../../stories/academy/runners/rules/run-rules.ts';
import { CITY_RULES_LIMITS, containedRules, scenarioOf } from './rules-city-seam.ts';

export type InFolder = <T>(work: (folder: string) => Promise<T>) => Promise<T>;

const REFERENCE = resolve(import.meta.dirname, '../../../localstack/prometheus/rules.yml');
const HOURS = 9;
/** Minutes of the city in which something is broken: two scrapes fail, a table fails, the target disappears. */
const SHORT_GAP = { from: 120, until: 122 };
const DEAD_TABLE = { from: 240, until: 260 };
const LOST_TARGET = { from: 420, until: 440 };
type Incident = typeof DEAD_TABLE;
/** Minutes after an incident in which an alert may still start. */
const AFTERMATH = 15;

/** Evaluates the learner's rules and the rules of the reference on the metrics of one small city. */
export async function runAlerts(
  { file, ...size }: AlertRequest,
  inFolder: InFolder,
  onProgress: (line: string) => void,
): Promise<AlertComparison> {
  // Throws if the rules cannot be evaluated, before the city is simulated.
  await containedRules(file);
  const onHour = (hour: number) => onProgress(`the city: hour ${hour} of ${HOURS}`);
  const city = { ...size, hours: HOURS, deadTable: DEAD_TABLE };
  const { history, reference } = await once(JSON.stringify(city), async () => {
    const made = await inFolder((folder) => runMonitoredCity(city, folder, onHour));
    return { history: made, reference: await figuresOf(REFERENCE, withGaps(scenarioOf(made))) };
  });
  const yours = await figuresOf(file, withGaps(scenarioOf(history)));
  const requests = lastValue(history, 'agentbricks_invocations_total');
  return { yours, reference, requests, failed: lastValue(history, 'agentbricks_errors_total') };
}

interface Simulated {
  readonly history: MetricHistory;
  readonly reference: AlertFigures;
}

const simulated = new Map<string, Promise<Simulated>>();

/** Simulates each city once per process: the rules do not change it. */
function once(city: string, simulate: () => Promise<Simulated>): Promise<Simulated> {
  const known = simulated.get(city) ?? simulate();
  simulated.set(city, known);
  return known;
}

/** Returns the last value of a counter of the collector. */
const lastValue = ({ series }: MetricHistory, metric: string): number =>
  series.find(({ labels }) => labels.__name__ === metric && labels.operation === 'collect')?.values.at(-1) ?? 0;

/** Removes the values of scrapes that fail. */
function withGaps(scenario: Scenario): Scenario {
  const isLost = (minute: number) =>
    [SHORT_GAP, LOST_TARGET].some(({ from, until }) => minute >= from && minute < until);
  const series = scenario.series.map(({ labels, values }) => {
    const lost = labels.__name__ === 'up' ? 0 : null;
    return { labels, values: values.map((value, minute) => (isLost(minute) ? lost : value)) };
  });
  return { ...scenario, series };
}

async function figuresOf(file: string, scenario: Scenario): Promise<AlertFigures> {
  const run = await runRules(readFileSync(file, 'utf8'), [scenario], CITY_RULES_LIMITS);
  const fired = run.kind === 'reports' ? (run.reports[0]?.fired ?? []) : [];
  const pages = fired.filter(({ labels: { slo, severity } }) => slo === 'collect-availability' && severity === 'page');
  // The alerts of the other pair of windows end only half an hour after the outage.
  const short = pages.filter(({ labels: { windows } }) => windows === '1h/5m');
  const page = periodIn(short, 'SloBurning', DEAD_TABLE);
  const missing = periodIn(pages, 'SloWithoutData', LOST_TARGET);
  return {
    minutesToPage: page ? page[0] - DEAD_TABLE.from + 1 : null,
    minutesToEnd: page ? Math.max(0, page[1] + 1 - DEAD_TABLE.until) : null,
    minutesToMissing: missing ? missing[0] - LOST_TARGET.from + 1 : null,
    falseAlerts: fired.flatMap(falseStarts),
  };
}

/** Returns the first and the last minute of the alerts with this name that started because of an incident. */
function periodIn(fired: readonly FiredAlert[], name: string, incident: Incident): [number, number] | undefined {
  const periods = fired
    .filter(({ alert }) => alert === name)
    .flatMap(({ firing }) => firing.filter(([from]) => startsIn(incident, from)));
  if (periods.length === 0) return undefined;
  return [Math.min(...periods.map(([from]) => from)), Math.max(...periods.map(([, until]) => until))];
}

const startsIn = ({ from, until }: Incident, minute: number): boolean => minute >= from && minute < until + AFTERMATH;

const falseStarts = ({ alert, labels, firing }: FiredAlert): string[] =>
  firing
    .filter(([from]) => ![DEAD_TABLE, LOST_TARGET].some((each) => startsIn(each, from)))
    .map(([from]) => `${alert} (${labels.slo ?? 'no slo'}) in minute ${from}`);

/** Evaluates an expression after scrapes of the counter `errors`. @returns its last value, or NaN */
export async function evaluateExpression(expression: string, values: readonly number[]): Promise<number> {
  const rules = JSON.stringify({ groups: [{ name: 'a', rules: [{ record: 'measured', expr: expression }] }] });
  const evaluations = values.length;
  const scenario: Scenario = {
    series: [{ labels: { __name__: 'errors' }, values }],
    ...{ step: MINUTE, evaluations, probes: [{ evaluation: evaluations - 1, names: ['measured'] }] },
  };
  const run = await runRules(rules, [scenario]);
  return run.kind === 'reports' ? (run.reports[0]?.probes[0]?.values[0]?.value ?? Number.NaN) : Number.NaN;
}
