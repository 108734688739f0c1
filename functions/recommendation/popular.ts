import { EVERYWHERE, type PopularityCounts, popularityKey } from '#domain/features.ts';
import { hashUnit } from '#domain/hash.ts';
import { MINUTE } from '#domain/time.ts';
import { PARTITIONS } from '#domain/topics.ts';
import type { Table } from '#ports/table.ts';
import { byBucket } from './by-bucket.ts';
import type { CatalogueTitles } from './catalogue.ts';

/** Titles by plays, most first; every known title is there. Ties by id, so that the order is total. */
export interface PopularTitles {
  readonly titleIds: Iterable<string>;
  readonly plays: Counts;
}

type Counts = ReadonlyMap<string, number>;

/** How long serving may go on with the counts that it last read, by the service's clock: what is popular is so for days. */
const FRESH_FOR = MINUTE;
const MAX_COUNTRIES = 300;
/** So many are put in order at once; the rest is, when somebody has seen all of these. */
const FIRST = 500;

/**
 * How popular titles are in a country, or everywhere. Plays in the country come first, then plays everywhere: a small
 * country's order is filled up by the world's.
 */
export function popularReader(
  features: Pick<Table, 'getMany'>,
  titles: () => Promise<CatalogueTitles>,
  now: () => number,
) {
  const readers = new Map<string, () => Promise<PopularTitles>>();
  const everywhere = byBucket(now, FRESH_FOR, () => countsOf(features, EVERYWHERE));
  const read = async (place: string): Promise<PopularTitles> => {
    const all = await everywhere();
    const here = place === EVERYWHERE ? all : await countsOf(features, place);
    return { titleIds: byPopularity([...(await titles()).keys()], here, all), plays: here };
  };
  return (country: string | null): Promise<PopularTitles> => {
    const place = country ?? EVERYWHERE;
    let reader = readers.get(place);
    if (!reader) {
      // Countries come from requests: bound what they can make us keep.
      if (readers.size >= MAX_COUNTRIES) readers.clear();
      // Not all at the same moment: a large catalogue takes tens of milliseconds to put in order.
      reader = byBucket(now, FRESH_FOR, () => read(place), hashUnit(place) * FRESH_FOR);
      readers.set(place, reader);
    }
    return reader();
  };
}

async function countsOf(features: Pick<Table, 'getMany'>, place: string): Promise<Counts> {
  const keys = Array.from({ length: PARTITIONS }, (_, partition) => popularityKey(place, partition));
  const total = new Map<string, number>();
  for (const item of await features.getMany<PopularityCounts>(keys)) {
    for (const [titleId, plays] of Object.entries(item?.counts ?? {})) {
      total.set(titleId, (total.get(titleId) ?? 0) + plays);
    }
  }
  return total;
}

/** Ids by plays here, then everywhere, then by id. Put in order as far as it is read. */
export function byPopularity(titleIds: readonly string[], here: Counts, everywhere: Counts): Iterable<string> {
  // Looked up once per title, and not at each comparison.
  const local = Float64Array.from(titleIds, (titleId) => here.get(titleId) ?? 0);
  const global = Float64Array.from(titleIds, (titleId) => everywhere.get(titleId) ?? 0);
  const difference = (counts: Float64Array, a: number, b: number) => (counts[b] as number) - (counts[a] as number);
  const order = (a: number, b: number) =>
    difference(local, a, b) || difference(global, a, b) || ((titleIds[a] as string) < (titleIds[b] as string) ? -1 : 1);
  const idsOf = (rows: readonly number[]) => rows.map((row) => titleIds[row] as string);
  const first = idsOf(firstOf(titleIds.length, FIRST, order));
  let rest: readonly string[] | undefined;
  return {
    *[Symbol.iterator]() {
      yield* first;
      if (titleIds.length === first.length) return;
      rest ??= idsOf([...titleIds.keys()].sort(order).slice(first.length));
      yield* rest;
    },
  };
}

/** The first `count` of the numbers below `size` in order, without sorting all: what comes after the last of them by now is not looked at again. */
function firstOf(size: number, count: number, order: (a: number, b: number) => number): readonly number[] {
  let first: number[] = [];
  let last: number | undefined;
  for (let row = 0; row < size; row++) {
    if (last !== undefined && order(row, last) > 0) continue;
    first.push(row);
    if (first.length < 2 * count) continue;
    first = first.sort(order).slice(0, count);
    last = first.at(-1);
  }
  return first.sort(order).slice(0, count);
}
