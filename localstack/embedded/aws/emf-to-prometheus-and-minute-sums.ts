import { Counter, Histogram, Registry } from 'prom-client';
import type { EmfObject } from '#adapters/telemetry/powertools.ts';
import { MINUTE, type Now } from '#domain/core/time.ts';
import type { MetricReader } from '#ports/telemetry.ts';
import { counterName, histogramName } from '../../../functions/monitoring/prometheus-metric-names.ts';
import { SLOS } from '../../../functions/monitoring/service-level-objectives.ts';

const LATENCY_BUCKETS_MS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1_000, 5_000, 30_000];
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
      const help = `${name} in milliseconds`;
      return new Histogram({
        name: histogramName(name),
        help,
        labelNames: ['operation'],
        buckets: LATENCY_BUCKETS_MS,
        registers: [registry],
      });
    });
  // Counters start at 0: Prometheus cannot see the growth of a counter that first appears with a value.
  for (const { operation, requests, bad } of SLOS)
    for (const name of [requests, bad]) counter(name).inc({ operation }, 0);

  return {
    /** Records the metrics of one invocation. */
    take(emf: EmfObject): void {
      const operation = String(emf.operation ?? 'unknown');
      for (const { Metrics } of emf._aws.CloudWatchMetrics) {
        for (const { Name, Unit } of Metrics) {
          const value = Number(emf[Name]);
          if (Unit === 'Milliseconds') {
            histogram(Name).observe({ operation }, value);
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
