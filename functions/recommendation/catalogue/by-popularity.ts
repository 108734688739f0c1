import type { CatalogueTitles } from './load-catalogue.ts';
import type { PlayCounts } from './read-play-counts.ts';

/** Number of titles that are sorted first. The others are sorted only when a caller has read all of these. */
const SORTED_FIRST = 500;

/**
 * Returns all titles of the catalogue by popularity: by plays in the user's country, then by plays everywhere, then by
 * id. Titles without plays in the country therefore follow in the worldwide order.
 *
 * Unit    plays
 * Never   omits a title of the catalogue, or depends on the order of a map: ties are broken by id, so the order is
 *         total
 *
 * @param here plays in the country; pass `everywhere` for a user without a country
 * @returns ids, most popular first. Only the titles that are read are sorted
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

/**
 * Returns the most popular titles with plays, at most SORTED_FIRST. It does not sort all titles: it skips a title that
 * ranks below the last one so far.
 */
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
