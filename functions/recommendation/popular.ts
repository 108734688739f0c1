import { EVERYWHERE, type PopularityCounts, popularityKey } from '#domain/features.ts';
import { PARTITIONS } from '#domain/topics.ts';
import type { Table } from '#ports/table.ts';
import { byBucket } from './by-bucket.ts';
import { type CatalogueTitles, FRESH_FOR } from './catalogue.ts';

/** Titles by plays, most first; every known title is there. Ties by id, so that the order is total. */
export interface PopularTitles {
  readonly titleIds: readonly string[];
  readonly plays: ReadonlyMap<string, number>;
}

const MAX_COUNTRIES = 300;

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
  return (country: string | null): Promise<PopularTitles> => {
    const place = country ?? EVERYWHERE;
    let reader = readers.get(place);
    if (!reader) {
      // Countries come from requests: bound what they can make us keep.
      if (readers.size >= MAX_COUNTRIES) readers.clear();
      reader = byBucket(now, FRESH_FOR, () => readPopular(features, titles, place));
      readers.set(place, reader);
    }
    return reader();
  };
}

async function readPopular(
  features: Pick<Table, 'getMany'>,
  titles: () => Promise<CatalogueTitles>,
  place: string,
): Promise<PopularTitles> {
  const [here, everywhere] = [await countsOf(features, place), await countsOf(features, EVERYWHERE)];
  const known = [...(await titles()).keys()];
  return { titleIds: byPopularity(known, here, everywhere), plays: here };
}

async function countsOf(features: Pick<Table, 'getMany'>, place: string): Promise<Map<string, number>> {
  const keys = Array.from({ length: PARTITIONS }, (_, partition) => popularityKey(place, partition));
  const total = new Map<string, number>();
  for (const item of await features.getMany<PopularityCounts>(keys)) {
    for (const [titleId, plays] of Object.entries(item?.counts ?? {})) {
      total.set(titleId, (total.get(titleId) ?? 0) + plays);
    }
  }
  return total;
}

type Counts = ReadonlyMap<string, number>;

/** Ids by plays here, then everywhere, then by id. */
export const byPopularity = (titleIds: readonly string[], here: Counts, everywhere: Counts): string[] =>
  [...titleIds].sort(
    (a, b) =>
      (here.get(b) ?? 0) - (here.get(a) ?? 0) ||
      (everywhere.get(b) ?? 0) - (everywhere.get(a) ?? 0) ||
      (a < b ? -1 : 1),
  );
