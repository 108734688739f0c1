import { joinIds, splitIds } from '../core/id-list.ts';
import { partitionOf } from '../core/partition-of.ts';

/** The pseudo-country under which every play is counted. */
export const EVERYWHERE = '**';

/** Rows that hold a country's counts per log partition: a row of a catalogue of a million titles stays below DynamoDB's 400 KB. */
const POPULARITY_BUCKETS = 32;
/**
 * Plays counted by the event consumer: one item per country, log partition and bucket of titles, so that writers
 * never meet and a play writes a small part of the counts anew. What is counted in a country is the sum of all rows behind
 * `popularityOf`.
 */
export const popularityKey = (country: string, partition: number, titleId: string) => ({
  pk: popularityOf(country),
  sk: `${partition}#${partitionOf(titleId, POPULARITY_BUCKETS)}`,
});
/** The partition key of a country's counts. */
export const popularityOf = (country: string) => `popularity#${country}`;
/** Where an EarlierPopularityCounts lies: at most some 35,000 titles. It counts on, and is not written. */
export const earlierPopularityKey = (country: string, partition: number) => ({
  pk: popularityOf(country),
  sk: String(partition),
});
/** Titles and their plays side by side. */
export interface PopularityCounts {
  /** As of `joinIds`: it is the same for long, and an object with a thousand keys takes ten times as long to read. */
  readonly titleIds: string;
  readonly plays: readonly number[];
  /** The last one counted, which makes the count idempotent. */
  readonly offset: number;
}

/** As counts were kept until November 2026: one row for all titles. */
export interface EarlierPopularityCounts {
  readonly counts: Readonly<Record<string, number>>;
  readonly offset: number;
}

export function popularityCounts(counts: ReadonlyMap<string, number>, offset: number): PopularityCounts {
  return { titleIds: joinIds([...counts.keys()]), plays: [...counts.values()], offset };
}

/** A row as it lies in the table, in either form. */
export const popularityCountsOf = (row: PopularityCounts | EarlierPopularityCounts): PopularityCounts =>
  'counts' in row ? popularityCounts(new Map(Object.entries(row.counts)), row.offset) : row;

/** Adds what one row has counted. */
export function addPlays(total: Map<string, number>, row: PopularityCounts | EarlierPopularityCounts): void {
  const counts = popularityCountsOf(row);
  splitIds(counts.titleIds).forEach((titleId, i) => {
    total.set(titleId, (total.get(titleId) ?? 0) + (counts.plays[i] as number));
  });
}
