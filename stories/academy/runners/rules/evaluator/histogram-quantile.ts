import { METRIC } from '../promql/parse-selector.ts';
import type { Vector } from './compiled-expressions-and-work-budget.ts';
import { keeping, type Labels, removing } from './interned-label-sets.ts';

interface Bucket {
  /** Upper limit of the bucket's values. */
  readonly limit: number;
  /** Number of values up to the limit. */
  readonly count: number;
}

const LIMIT = 'le';
const withoutLimit = removing([LIMIT, METRIC]);
const limitOf = keeping([LIMIT]);

/** Estimates a quantile from the cumulative counts of a histogram's buckets, by linear interpolation in one bucket. */
export function histogramQuantile(quantile: number, vector: Vector): Vector {
  const histograms = new Map<Labels, Bucket[]>();
  for (const { labels, value } of vector) {
    const limit = parseLimit(limitOf(labels).values.get(LIMIT));
    if (Number.isNaN(limit)) continue;
    const group = withoutLimit(labels);
    const buckets = histograms.get(group) ?? [];
    buckets.push({ limit, count: value });
    histograms.set(group, buckets);
  }
  return [...histograms].map(([labels, buckets]) => ({ labels, value: quantileOf(quantile, buckets) }));
}

function parseLimit(text: string | undefined): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  return text === undefined || text === '' ? Number.NaN : Number(text);
}

function quantileOf(quantile: number, unsorted: readonly Bucket[]): number {
  if (Number.isNaN(quantile)) return Number.NaN;
  if (quantile < 0) return Number.NEGATIVE_INFINITY;
  if (quantile > 1) return Number.POSITIVE_INFINITY;
  const buckets = monotonic(unsorted.toSorted((a, b) => a.limit - b.limit));
  const highest = buckets.at(-1);
  if (buckets.length < 2 || highest?.limit !== Number.POSITIVE_INFINITY || highest.count === 0) return Number.NaN;
  const rank = quantile * highest.count;
  const index = buckets.findIndex(({ count }, each) => count >= rank || each === buckets.length - 1);
  const [bucket, below] = [buckets[index] as Bucket, buckets[index - 1]];
  if (index === buckets.length - 1) return below?.limit ?? Number.NaN;
  if (!below && bucket.limit <= 0) return bucket.limit;
  const [start, before] = [below?.limit ?? 0, below?.count ?? 0];
  return start + (bucket.limit - start) * ((rank - before) / (bucket.count - before));
}

/**
 * Adds up buckets with equal limits, and makes the counts ascend. Scrapes are not atomic, so the counts may descend.
 */
function monotonic(sorted: readonly Bucket[]): Bucket[] {
  const merged: Bucket[] = [];
  for (const { limit, count } of sorted) {
    const last = merged.at(-1);
    if (last?.limit === limit) merged[merged.length - 1] = { limit, count: last.count + count };
    else merged.push({ limit, count });
  }
  let most = Number.NEGATIVE_INFINITY;
  return merged.map(({ limit, count }) => {
    most = Math.max(most, Number.isNaN(count) ? most : count);
    return { limit, count: most };
  });
}
