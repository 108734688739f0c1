import { Counter, Histogram, Registry } from 'prom-client';
import type { EmfObject } from '#adapters/telemetry/powertools.ts';
import { MINUTE, type Now, SECOND } from '#domain/core/time.ts';
import type { MetricHistory } from '#domain/events/all-bricks-seam-types.ts';
import type { MetricReader } from '#ports/telemetry.ts';
import { counterName, histogramName } from '../../../functions/monitoring/prometheus-metric-names.ts';
import { SLOS } from '../../../functions/monitoring/service-level-objectives.ts';

const LATENCY_BUCKETS_MS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1_000, 5_000, 30_000];
const toSeconds = (milliseconds: number) => milliseconds / SECOND;
/** Minutes in the longest window of an SLO. */
const KEPT_MINUTES = 3 * 24 * 60;

/** Converts EMF metrics to Prometheus metrics, and stores sums per minute for the SLOs. */
export function localMetrics(now: Now) {
  const registry = new Registry();
  const counters = new Map<string, Counter<'operation'>>();
  const histograms = new Map<string, Histogram<'operation'>>();
  const minutes = minuteSums(now);

  const counter = (name: string) =>
    getOrMake(counters, name, () => {
      return new Counter({
        name: counterName(name),
        help: `${name}, a count`,
        labelNames: ['operation'],
        registers: [registry],
      });
    });
  const histogram = (name: string) =>
    getOrMake(histograms, name, () => {
      const help = `${name} in seconds`;
      return new Histogram({
        name: histogramName(name),
        help,
        labelNames: ['operation'],
        buckets: LATENCY_BUCKETS_MS.map(toSeconds),
        registers: [registry],
      });
    });
  // Counters start at 0: Prometheus cannot see the growth of a counter that first appears with a value.
  const initialCounters = SLOS.flatMap(({ operation, requests, bad }) =>
    [requests, bad].map((name) => [operation, name]),
  );
  for (const [operation, name] of initialCounters as [string, string][]) counter(name).inc({ operation }, 0);

  return {
    /** Records the metrics of one invocation. */
    take(emf: EmfObject): void {
      const operation = String(emf.operation ?? 'unknown');
      for (const { Metrics } of emf._aws.CloudWatchMetrics) {
        for (const { Name, Unit } of Metrics) {
          const value = Number(emf[Name]);
          if (Unit === 'Milliseconds') {
            histogram(Name).observe({ operation }, toSeconds(value));
            continue;
          }
          counter(Name).inc({ operation }, value);
          minutes.add(`${operation}/${Name}`, value);
        }
      }
    },
    /** Returns all metrics in Prometheus's exposition format. */
    exposition: () => registry.metrics(),
    contentType: registry.contentType,
    reader: minutes.reader,
    /** Returns the counters at the end of each minute, up to the last full one. */
    history: () => minutes.history(initialCounters),
  };
}

function getOrMake<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

function minuteSums(now: Now) {
  const series = new Map<string, Map<number, number>>();
  const minuteOf = (at: number) => Math.floor(at / MINUTE);
  const reader: MetricReader = {
    sum: async (metric, operation, from, to) => {
      let sum = 0;
      for (const [minute, value] of series.get(`${operation}/${metric}`) ?? []) {
        if (minute >= minuteOf(from) && minute < minuteOf(to)) sum += value;
      }
      return sum;
    },
  };
  return {
    reader,
    /** @param initial operation and name of the counters that exist from the start, with 0 */
    history(initial: readonly (readonly string[])[]): MetricHistory {
      const ids = new Set([...initial.map((each) => each.join('/')), ...series.keys()]);
      const end = minuteOf(now());
      const known = [...series.values()].flatMap((sums) => sums.keys().next().value ?? end);
      const first = Math.max(end - KEPT_MINUTES, Math.min(end, ...known));
      const isInitial = new Set(initial.map((each) => each.join('/')));
      return {
        from: (first + 1) * MINUTE,
        minutes: end - first,
        series: [...ids].map((id) => ({
          labels: labelsOf(id),
          values: cumulative(series.get(id) ?? new Map(), first, end, isInitial.has(id)),
        })),
      };
    },
    add(id: string, value: number): void {
      const minute = minuteOf(now());
      const sums = getOrMake(series, id, () => new Map<number, number>());
      sums.set(minute, (sums.get(minute) ?? 0) + value);
      if (sums.size <= KEPT_MINUTES) return;
      const oldest = sums.keys().next().value;
      if (oldest !== undefined) sums.delete(oldest);
    },
  };
}

const INSTANCE = '127.0.0.1:8080';

function labelsOf(id: string): Record<string, string> {
  const [operation = '', name = ''] = id.split('/');
  return { __name__: counterName(name), instance: INSTANCE, job: 'agentbricks', operation };
}

/** Returns a counter's value at the end of each minute, from sums per minute. */
function cumulative(
  sums: ReadonlyMap<number, number>,
  first: number,
  end: number,
  existsFromStart: boolean,
): (number | null)[] {
  let total: number | null = existsFromStart ? 0 : null;
  for (const [minute, sum] of sums) if (minute < first) total = (total ?? 0) + sum;
  return Array.from({ length: end - first }, (_, i) => {
    const sum = sums.get(first + i);
    if (sum !== undefined) total = (total ?? 0) + sum;
    return total;
  });
}
