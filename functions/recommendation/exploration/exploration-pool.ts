import { type CatalogueTitles, isAvailable } from '../catalogue/load-catalogue.ts';
import type { RowFilter } from '../retrieval/filter-matrix-rows.ts';
import type { Filter } from '../retrieval/filter-of.ts';
import type { Viewer } from '../retrieval/user-context.ts';

/** Titles from which exploration samples. */
export interface Pool {
  size(): number;
  /** Returns whether the pool has at least this many titles, usually without counting them. */
  holds(count: number): boolean;
  /**
   * Samples a title that is not yet taken, uniformly.
   *
   * @param unit returns a random number in [0, 1) for each attempt
   * @returns undefined if no title is left
   */
  sample(unit: (attempt: number) => number, taken: ReadonlySet<string>): string | undefined;
}

/**
 * Attempts to sample an allowed title. Few titles are excluded, so this many misses mean that hardly any allowed title
 * is left.
 */
const ATTEMPTS = 32;

/** Number of a list's titles that may not be sampled: an upper bound, and a function that counts exactly. */
interface Excluded {
  readonly atMost: number;
  readonly exactly: () => number;
}
const NONE: Excluded = { atMost: 0, exactly: () => 0 };

/**
 * Returns the pool of a list's allowed titles. It samples by rejection, so it need not check all titles: if a sampled
 * title is not allowed, it samples again. Only after many misses does it check the complete list.
 */
export function poolOf(
  titleIds: readonly string[],
  isAllowed: (titleId: string) => boolean = () => true,
  excluded: Excluded = NONE,
): Pool {
  let counted: number | undefined;
  const size = () => {
    counted ??= titleIds.length - excluded.exactly();
    return counted;
  };
  return {
    size,
    holds: (count) => titleIds.length - excluded.atMost >= count || size() >= count,
    sample: (unit, taken) => {
      const isLeft = (titleId: string) => !taken.has(titleId) && isAllowed(titleId);
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const titleId = oneOf(titleIds, unit(attempt));
        if (titleId !== undefined && isLeft(titleId)) return titleId;
      }
      return oneOf(titleIds.filter(isLeft), unit(ATTEMPTS));
    },
  };
}

const oneOf = (titleIds: readonly string[], unit: number) => titleIds[Math.floor(unit * titleIds.length)];

/**
 * Returns the pool of titles that the user may be shown and that are not in the slate.
 *
 * @param shown titles of the slate, all allowed
 * @param rows counts the user's excluded titles faster @default - each title is looked up
 */
export function unshownPool(
  { profile, blocked, at }: Viewer,
  titles: CatalogueTitles,
  filter: Filter,
  shown: ReadonlySet<string>,
  rows?: Pick<RowFilter, 'excludedCount'>,
): Pool {
  const isAllowed = (titleId: string) => !shown.has(titleId) && filter(titleId) === undefined;
  const excludedCount = rows?.excludedCount ?? (() => countAvailable([...profile.seen, ...blocked], titles, at));
  const atMost = shown.size + profile.seen.length + blocked.length;
  return poolOf(availableTitles(titles, at), isAllowed, { atMost, exactly: () => shown.size + excludedCount() });
}

function countAvailable(titleIds: readonly string[], titles: CatalogueTitles, at: number): number {
  let count = 0;
  for (const titleId of new Set(titleIds)) if (isAvailable(titles.get(titleId), at)) count++;
  return count;
}

/** The available titles, cached per version of the catalogue and hour. */
const available = new WeakMap<CatalogueTitles, { readonly at: number; readonly titleIds: readonly string[] }>();

function availableTitles(titles: CatalogueTitles, at: number): readonly string[] {
  const cached = available.get(titles);
  if (cached?.at === at) return cached.titleIds;
  const titleIds = [...titles].filter(([, title]) => isAvailable(title, at)).map(([titleId]) => titleId);
  available.set(titles, { at, titleIds });
  return titleIds;
}
