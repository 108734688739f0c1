import { hashUnit } from '#domain/core/keyed-random.ts';
import { MINUTE } from '#domain/core/time.ts';
import { EVERYWHERE } from '#domain/features/play-counters.ts';
import type { Table } from '#ports/table.ts';
import { byBucket } from '../resilience/time-bucket-cache.ts';
import type { CatalogueTitles } from './catalogue.ts';
import { type Counts, countsReader } from './play-counts.ts';

/** Titles by plays, most first; every known title is there. Ties by id, so that the order is total. */
export interface PopularTitles {
  readonly titleIds: Iterable<string>;
  readonly plays: Counts;
}

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
  features: Pick<Table, 'query'>,
  titles: () => Promise<CatalogueTitles>,
  now: () => number,
) {
  const readers = new Map<string, () => Promise<PopularTitles>>();
  let countsOf = countsReader(features);
  const everywhere = byBucket(now, FRESH_FOR, () => countsOf(EVERYWHERE));
  const read = async (place: string): Promise<PopularTitles> => {
    const [all, own] = await Promise.all([everywhere(), place === EVERYWHERE ? undefined : countsOf(place)]);
    const here = own ?? all;
    return { titleIds: byPopularity(await titles(), here, all), plays: here };
  };
  return (country: string | null): Promise<PopularTitles> => {
    const place = country ?? EVERYWHERE;
    let reader = readers.get(place);
    if (!reader) {
      // Countries come from requests: bound what they can make us keep.
      if (readers.size >= MAX_COUNTRIES) {
        readers.clear();
        countsOf = countsReader(features);
      }
      // Not all at the same moment: a large catalogue takes tens of milliseconds to put in order.
      reader = byBucket(now, FRESH_FOR, () => read(place), hashUnit(place) * FRESH_FOR);
      readers.set(place, reader);
    }
    return reader();
  };
}

/** Known ids by plays here, then everywhere, then by id. Put in order as far as it is read. */
export function byPopularity(titles: CatalogueTitles, here: Counts, everywhere: Counts): Iterable<string> {
  const playsOf = (counts: Counts, titleId: string) => counts.get(titleId) ?? 0;
  const order = (a: Played, b: Played) =>
    b.plays - a.plays ||
    playsOf(everywhere, b.titleId) - playsOf(everywhere, a.titleId) ||
    (a.titleId < b.titleId ? -1 : 1);
  const first = mostPlayed(here, titles, order);
  let rest: readonly string[] | undefined;
  return {
    *[Symbol.iterator]() {
      yield* first;
      if (titles.size === first.length) return;
      rest ??= Array.from(titles.keys(), (titleId) => ({ titleId, plays: playsOf(here, titleId) }))
        .sort(order)
        .slice(first.length)
        .map(({ titleId }) => titleId);
      yield* rest;
    },
  };
}

interface Played {
  readonly titleId: string;
  readonly plays: number;
}

/** The first of what has been played at all, without sorting all: what comes after the last of them by now is not looked at again. */
function mostPlayed(here: Counts, titles: CatalogueTitles, order: (a: Played, b: Played) => number): readonly string[] {
  let first: Played[] = [];
  let last: Played | undefined;
  let least = 1;
  const cut = () => {
    first = first.sort(order).slice(0, FIRST);
  };
  here.forEach((plays, titleId) => {
    if (plays < least || !titles.has(titleId)) return;
    const played = { titleId, plays };
    if ((last !== undefined && order(played, last) > 0) || first.push(played) < 2 * FIRST) return;
    cut();
    last = first.at(-1) as Played;
    least = last.plays;
  });
  cut();
  return first.map(({ titleId }) => titleId);
}
