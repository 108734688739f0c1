import { hashUnit } from '#domain/core/keyed-random.ts';
import { MINUTE } from '#domain/core/time.ts';
import { EVERYWHERE } from '#domain/features/play-count-rows-by-country.ts';
import type { Table } from '#ports/table.ts';
import { timeBucketCache } from '../resilience/time-bucket-cache.ts';
import { byPopularity } from './by-popularity.ts';
import type { CatalogueTitles } from './load-catalogue.ts';
import { type PlayCounts, playCountsReader } from './read-play-counts.ts';

/** All known titles, most popular first, and the play counts that determine this order. */
export interface PopularTitles {
  readonly titleIds: Iterable<string>;
  readonly plays: PlayCounts;
}

/**
 * Milliseconds, by the service's clock, for which serving uses the counts that it last read. Popularity changes over
 * days.
 */
const FRESH_FOR = MINUTE;
const MAX_COUNTRIES = 300;

/** Returns a function that reads the popular titles of a country, or of all countries for `null`. */
export function popularityReader(
  features: Pick<Table, 'query'>,
  titles: () => Promise<CatalogueTitles>,
  now: () => number,
) {
  const readers = new Map<string, () => Promise<PopularTitles>>();
  let countsOf = playCountsReader(features);
  const everywhere = timeBucketCache(now, FRESH_FOR, () => countsOf(EVERYWHERE));
  const read = async (country: string): Promise<PopularTitles> => {
    const [all, own] = await Promise.all([everywhere(), country === EVERYWHERE ? undefined : countsOf(country)]);
    const here = own ?? all;
    return { titleIds: byPopularity(await titles(), here, all), plays: here };
  };
  return (country: string | null): Promise<PopularTitles> => {
    const key = country ?? EVERYWHERE;
    let reader = readers.get(key);
    if (!reader) {
      // Clients choose the country, so the number of cached countries is bounded.
      if (readers.size >= MAX_COUNTRIES) {
        readers.clear();
        countsOf = playCountsReader(features);
      }
      // Countries refresh at different times, because sorting a large catalogue takes tens of milliseconds.
      reader = timeBucketCache(now, FRESH_FOR, () => read(key), hashUnit(key) * FRESH_FOR);
      readers.set(key, reader);
    }
    return reader();
  };
}
