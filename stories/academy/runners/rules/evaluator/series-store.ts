import { type Labels, nameOf } from './interned-label-sets.ts';

/** One time series. All times are milliseconds and ascend. */
export interface Series {
  readonly labels: Labels;
  readonly times: readonly number[];
  readonly values: readonly number[];
  /** Growth of a counter from the first sample to each sample. A smaller value is a restart from 0. */
  readonly growth: readonly number[];
  /** Times at which the series ended. A later sample continues it. */
  readonly endings: readonly number[];
}

interface GrowingSeries extends Series {
  readonly times: number[];
  readonly values: number[];
  readonly growth: number[];
  readonly endings: number[];
}

export interface SeriesStore {
  /** Appends a sample. As in Prometheus, a second sample at the same time is dropped. */
  append(labels: Labels, time: number, value: number): void;
  /** Marks that a series has ended, as Prometheus does when a scrape or a rule no longer returns it. */
  end(labels: Labels, time: number): void;
  /** Returns all series of a metric. The list grows when series are added. */
  named(metric: string): readonly Series[];
  /** Returns all series. */
  all(): Iterable<Series>;
  /** Number of series. */
  size(): number;
}

export function seriesStore(): SeriesStore {
  const series = new Map<Labels, GrowingSeries>();
  const byName = new Map<string, GrowingSeries[]>();
  const named = (metric: string): GrowingSeries[] => {
    const known = byName.get(metric);
    if (known) return known;
    const list: GrowingSeries[] = [];
    byName.set(metric, list);
    return list;
  };
  const seriesOf = (labels: Labels): GrowingSeries => {
    const known = series.get(labels);
    if (known) return known;
    const made: GrowingSeries = { labels, times: [], values: [], growth: [], endings: [] };
    series.set(labels, made);
    named(nameOf(labels)).push(made);
    return made;
  };
  return {
    append: (labels, time, value) => appendTo(seriesOf(labels), time, value),
    end: (labels, time) => {
      const { times, endings } = seriesOf(labels);
      if (times.at(-1) !== time) endings.push(time);
    },
    named,
    all: () => series.values(),
    size: () => series.size,
  };
}

function appendTo({ times, values, growth }: GrowingSeries, time: number, value: number): void {
  const last = times.length - 1;
  if (last >= 0 && time <= (times[last] as number)) return;
  const before = values[last] ?? value;
  const grown = value < before ? value : value - before;
  growth.push((growth[last] ?? 0) + grown);
  times.push(time);
  values.push(value);
}

/** Returns the index of the last time that is not later than `at`, or -1. */
export function lastUntil(times: readonly number[], at: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] as number) <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
