import { type CatalogueTitles, isAvailable } from '../catalogue/catalogue.ts';
import type { Viewer } from '../ranking/rank.ts';
import type { Filter, RowFilter } from '../retrieval/filter-of.ts';

/** Titles from which chance may draw. */
export interface Pool {
  size(): number;
  /** Whether it has so many at least: told without counting, where there are plenty. */
  holds(count: number): boolean;
  /** One of those not yet taken, each as likely as any other. @param unit the nth number in [0, 1) of this draw */
  draw(unit: (attempt: number) => number, taken: ReadonlySet<string>): string | undefined;
}

/** A title is refused seldom: a few have been seen, and a slate is short. So many misses mean that hardly any are left. */
const ATTEMPTS = 32;
const NONE = { atMost: 0, exactly: () => 0 };

/**
 * Those of `titleIds` that `allowed` lets through, without looking at all of them: a title that may not be drawn is drawn
 * again (rejection sampling), and only where that fails again and again is everything looked at.
 *
 * @param refused how many of them it does not let through, at most; and exactly, when that is asked for
 */
export const poolOf = (
  titleIds: readonly string[],
  allowed: (titleId: string) => boolean = () => true,
  refused: { readonly atMost: number; readonly exactly: () => number } = NONE,
): Pool => ({
  size: () => titleIds.length - refused.exactly(),
  holds: (count) => titleIds.length - refused.atMost >= count || titleIds.length - refused.exactly() >= count,
  draw: (unit, taken) => {
    const may = (titleId: string) => !taken.has(titleId) && allowed(titleId);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const titleId = oneOf(titleIds, unit(attempt));
      if (titleId !== undefined && may(titleId)) return titleId;
    }
    return oneOf(titleIds.filter(may), unit(ATTEMPTS));
  },
});

const oneOf = (titleIds: readonly string[], unit: number) => titleIds[Math.floor(unit * titleIds.length)];

/**
 * What the viewer may be shown and `shown` does not hold.
 *
 * @param shown all of them allowed
 * @param rows tells sooner how many are refused @default - each is looked up
 */
export function unshown(
  viewer: Viewer,
  titles: CatalogueTitles,
  filter: Filter,
  shown: ReadonlySet<string>,
  rows: Pick<RowFilter, 'refused'> = { refused: () => refusedOf(viewer, titles) },
): Pool {
  const { profile, blocked, at } = viewer;
  const allowed = (titleId: string) => !shown.has(titleId) && filter(titleId) === undefined;
  return poolOf(availableOf(titles, at), allowed, {
    atMost: shown.size + profile.seen.length + blocked.length,
    exactly: () => shown.size + rows.refused(),
  });
}

function refusedOf({ profile, blocked, at }: Viewer, titles: CatalogueTitles): number {
  let count = 0;
  for (const titleId of new Set([...profile.seen, ...blocked])) if (isAvailable(titles.get(titleId), at)) count++;
  return count;
}

/** Found once per reading of the catalogue and hour. */
const found = new WeakMap<CatalogueTitles, { readonly at: number; readonly titleIds: readonly string[] }>();

function availableOf(titles: CatalogueTitles, at: number): readonly string[] {
  const known = found.get(titles);
  if (known?.at === at) return known.titleIds;
  const titleIds = [...titles].filter(([, title]) => isAvailable(title, at)).map(([titleId]) => titleId);
  found.set(titles, { at, titleIds });
  return titleIds;
}
