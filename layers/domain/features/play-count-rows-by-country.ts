import { joinIds, splitIds } from '../core/join-and-split-ids.ts';
import { partitionOf } from '../core/partition-of.ts';

/** Pseudo-country that counts the plays of all countries. */
export const EVERYWHERE = '**';

/**
 * Number of rows per country and log partition. It keeps a row below DynamoDB's limit of 400 KB in a catalogue of a
 * million titles.
 */
const POPULARITY_BUCKETS = 32;
/**
 * Returns the key of a row of play counts. There is one row per country, log partition and bucket of titles. Each
 * partition has one writer, so writers never conflict, and a play rewrites only a small part of the counts. A country's
 * counts are the sum of its rows (popularityOf).
 */
export const popularityKey = (country: string, partition: number, titleId: string) => ({
  pk: popularityOf(country),
  sk: `${partition}#${partitionOf(titleId, POPULARITY_BUCKETS)}`,
});
/** Returns the partition key of a country's counts. */
export const popularityOf = (country: string) => `popularity#${country}`;
/**
 * Returns the key of a row in the earlier format, which had room for about 35,000 titles. Such rows are still read, but
 * not written.
 */
export const earlierPopularityKey = (country: string, partition: number) => ({
  pk: popularityOf(country),
  sk: String(partition),
});
/** Titles and their plays, in the same order. */
export interface PopularityCounts {
  /**
   * Ids joined by joinIds. Readers parse the string only when it has changed, which is rare. An object with a thousand
   * keys takes ten times as long to parse.
   */
  readonly titleIds: string;
  readonly plays: readonly number[];
  /** Offset of the last counted record. Records up to it are skipped, so a repeated delivery counts once. */
  readonly offset: number;
}

/** Format of the counts until November 2026: one row for all titles. */
export interface EarlierPopularityCounts {
  readonly counts: Readonly<Record<string, number>>;
  readonly offset: number;
}

export function popularityCounts(counts: ReadonlyMap<string, number>, offset: number): PopularityCounts {
  return { titleIds: joinIds([...counts.keys()]), plays: [...counts.values()], offset };
}

/** Converts a stored row to the current format, if it has the earlier format. */
export const popularityCountsOf = (row: PopularityCounts | EarlierPopularityCounts): PopularityCounts =>
  'counts' in row ? popularityCounts(new Map(Object.entries(row.counts)), row.offset) : row;

/** Adds the counts of a row to the total. */
export function addPlays(total: Map<string, number>, row: PopularityCounts | EarlierPopularityCounts): void {
  const counts = popularityCountsOf(row);
  splitIds(counts.titleIds).forEach((titleId, i) => {
    total.set(titleId, (total.get(titleId) ?? 0) + (counts.plays[i] as number));
  });
}
