import type { CatalogueTitles } from './load-catalogue.ts';
import type { PlayCounts } from './play-counts.ts';

/** Titles that are sorted at once. The others are sorted when a caller has read all of these. */
const SORTED_FIRST = 500;

/**
 * Returns all titles of the catalogue by popularity: by plays in the user's country, then by plays everywhere, then by id. A
 * country with few plays is therefore filled up with the world's order.
 *
 * Unit    plays
 * Never   omits a title of the catalogue, or depends on the order of a map: ties are broken by id, so the order is total
 *
 * @param here plays in the country; pass `everywhere` for a user without a country
 * @returns ids, most popular first. They are sorted as far as they are read
 */
export function byPopularity(titles: CatalogueTitles, here: PlayCounts, everywhere: PlayCounts): Iterable<string> {
  const playsOf = (counts: PlayCounts, titleId: string) => counts.get(titleId) ?? 0;
  const order: Order = (a, b) =>
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

interface PlayedTitle {
  readonly titleId: string;
  readonly plays: number;
}
type Order = (a: PlayedTitle, b: PlayedTitle) => number;

/** Returns the first titles that have plays, without sorting all: titles below the current last one are skipped. */
function mostPlayed(here: PlayCounts, titles: CatalogueTitles, order: Order): readonly string[] {
  let first: PlayedTitle[] = [];
  let last: PlayedTitle | undefined;
  let leastPlays = 1;
  const keepFirst = () => {
    first = first.sort(order).slice(0, SORTED_FIRST);
  };
  here.forEach((plays, titleId) => {
    if (plays < leastPlays || !titles.has(titleId)) return;
    const played = { titleId, plays };
    if ((last !== undefined && order(played, last) > 0) || first.push(played) < 2 * SORTED_FIRST) return;
    keepFirst();
    last = first.at(-1) as PlayedTitle;
    leastPlays = last.plays;
  });
  keepFirst();
  return first.map(({ titleId }) => titleId);
}
