import { EVERYWHERE, type PopularityCounts, popularityKey } from '#domain/features.ts';
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
      reader = byBucket(now, FRESH_FOR, () => read(place));
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
  const order = (a: string, b: string) =>
    (here.get(b) ?? 0) - (here.get(a) ?? 0) || (everywhere.get(b) ?? 0) - (everywhere.get(a) ?? 0) || (a < b ? -1 : 1);
  const first = firstOf(titleIds, FIRST, order);
  let rest: readonly string[] | undefined;
  return {
    *[Symbol.iterator]() {
      yield* first;
      if (titleIds.length === first.length) return;
      rest ??= titleIds.toSorted(order).slice(first.length);
      yield* rest;
    },
  };
}

/** The first `count` in order, without sorting all: what comes after the last of them by now is not looked at again. */
function firstOf<Item>(items: readonly Item[], count: number, order: (a: Item, b: Item) => number): readonly Item[] {
  let first: Item[] = [];
  let last: Item | undefined;
  for (const item of items) {
    if (last !== undefined && order(item, last) > 0) continue;
    first.push(item);
    if (first.length < 2 * count) continue;
    first = first.sort(order).slice(0, count);
    last = first.at(-1);
  }
  return first.sort(order).slice(0, count);
}
