import { MINUTE } from '#domain/core/time.ts';
import { counterName } from '../../../../../functions/monitoring/prometheus-metric-names.ts';
import { SLOS } from '../../../../../functions/monitoring/service-level-objectives.ts';
import type { MadeSeries, Probe, Scenario } from '../../../../academy/runners/rules/message-types.ts';

/** Metric and operation of a counter, such as "Errors collect". */
export type CounterKey = `${string} ${string}`;

/** Values of a counter, one per scrape. Null: the scrape does not find the counter. */
export type Values = readonly (number | null)[];

/** Requests per minute of each counter of requests. */
const TRAFFIC: Readonly<Record<CounterKey, number>> = {
  'Invocations collect': 60,
  'Invocations recommend': 60,
  'Invocations archive': 6,
  'Invocations update-online': 6,
  'FeaturesSampled check-parity': 120,
  'ViewsChecked check-parity': 2,
};

/** Returns requests per minute. */
export const trafficOf = (key: CounterKey): number => TRAFFIC[key] ?? 0;

/** Returns a counter that starts at 0 and grows between scrapes. `growth` gets the number of the scrape, from 1. */
export function counter(length: number, growth: (scrape: number) => number): number[] {
  const values = [0];
  for (let scrape = 1; scrape < length; scrape++) values.push((values.at(-1) ?? 0) + growth(scrape));
  return values;
}

export interface Situation {
  /** Number of scrapes, and of evaluations of the rules. */
  readonly length: number;
  /** Minutes between two scrapes. @default 1 */
  readonly minutes?: number;
  /** Counters that differ from normal traffic without errors. Each list of values belongs to one process. */
  readonly counters?: Readonly<Record<CounterKey, readonly Values[]>>;
  readonly probes?: readonly Probe[];
}

/** Returns the series of a city: all counters of all SLOs, and `up`. */
export function situation({ length, minutes = 1, counters = {}, probes = [] }: Situation): Scenario {
  const keys = [
    ...new Set(
      SLOS.flatMap(({ requests, bad, operation }): CounterKey[] => [`${requests} ${operation}`, `${bad} ${operation}`]),
    ),
  ];
  const series = keys.flatMap((key) => {
    const lists = counters[key] ?? [counter(length, () => trafficOf(key) * minutes)];
    return lists.map((values, process) => seriesOf(key, process, values));
  });
  const up: MadeSeries = { labels: { __name__: 'up', job: 'agentbricks' }, values: Array(length).fill(1) };
  return { series: [...series, up], step: minutes * MINUTE, evaluations: length, probes };
}

function seriesOf(key: CounterKey, process: number, values: Values): MadeSeries {
  const [metric = '', operation = ''] = key.split(' ');
  const instance = `10.0.0.${process + 1}:8080`;
  return { labels: { __name__: counterName(metric), instance, job: 'agentbricks', operation }, values };
}
