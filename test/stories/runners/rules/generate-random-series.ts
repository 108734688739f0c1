import fc from 'fast-check';
import { counterName } from '../../../../functions/monitoring/prometheus-metric-names.ts';
import { SLOS } from '../../../../functions/monitoring/service-level-objectives.ts';
import type { MadeSeries } from '../../../../stories/academy/runners/rules/message-types.ts';

/** Generates one step of a counter: growth, a restart, or a scrape that does not find it. */
const step = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 0, max: 400 }).map((growth) => ({ growth })) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 20 }).map((restart) => ({ restart })) },
  { weight: 1, arbitrary: fc.constant({ missing: true }) },
);

/** Generates the values of a counter, with restarts and gaps. Null: a scrape does not find the counter. */
export const counterValues = (length: number): fc.Arbitrary<(number | null)[]> =>
  fc
    .tuple(fc.integer({ min: 0, max: 50 }), fc.array(step, { minLength: length, maxLength: length }))
    .map(([start, steps]) => {
      let value = start;
      return steps.map((each) => {
        if ('missing' in each) return null;
        value = 'restart' in each ? each.restart : value + each.growth;
        return value;
      });
    });

/** All counters of the SLOs, of two processes. */
const COUNTERS = [
  ...new Set(SLOS.flatMap(({ operation, requests, bad }) => [requests, bad].map((each) => `${each} ${operation}`))),
].flatMap((pair) => {
  const [metric = '', operation = ''] = pair.split(' ');
  return ['a', 'b'].map((instance) => ({ __name__: counterName(metric), instance, operation }));
});

/** Generates the counters of all SLOs. */
export const sloSeries = (length: number): fc.Arbitrary<MadeSeries[]> =>
  fc.tuple(...COUNTERS.map((labels) => counterValues(length).map((values) => ({ labels, values }))));

const LIMITS = ['5', '50', '500', '+Inf'];

/** Generates a histogram of durations of one operation: its buckets, and its sum and count. */
export const histogramSeries = (metric: string, operation: string, length: number): fc.Arbitrary<MadeSeries[]> =>
  fc
    .array(fc.array(fc.nat(30), { minLength: length, maxLength: length }), { minLength: 4, maxLength: 4 })
    .map((growths) => {
      const buckets = LIMITS.map((le, bucket) => ({
        labels: { __name__: `${metric}_bucket`, le, operation },
        values: totals(
          Array.from({ length }, (_, i) => growths.slice(0, bucket + 1).reduce((sum, each) => sum + (each[i] ?? 0), 0)),
        ),
      }));
      const count = buckets[3]?.values ?? [];
      return [
        ...buckets,
        { labels: { __name__: `${metric}_count`, operation }, values: count },
        { labels: { __name__: `${metric}_sum`, operation }, values: count.map((value) => value * 7.5) },
      ];
    });

function totals(growth: readonly number[]): number[] {
  let total = 0;
  return growth.map((each) => {
    total += each;
    return total;
  });
}
