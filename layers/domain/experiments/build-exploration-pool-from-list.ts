import type { Explore, ListedExploration, Pool, PoolList, SlateTitle } from '../events/all-bricks-seam-types.ts';
import type { SlateItem } from '../events/exposure-schemas.ts';

/** Calls a function of the seam with a list of titles as its pool. */
export function exploreList(
  explore: Explore,
  slate: readonly SlateTitle[],
  { share, requestId, titleIds, excluded }: ListedExploration,
): SlateItem[] {
  const not = new Set(excluded);
  const count = { atMost: not.size, exactly: () => not.size };
  const { size, holds, sample } = poolOf(titleIds, (titleId) => !not.has(titleId), count);
  return explore(slate, { share, pool: { size, holds, sample }, requestId });
}

/**
 * Attempts to sample an allowed title. Few titles are excluded, so this many misses mean that hardly any allowed title
 * is left.
 */
const ATTEMPTS = 32;

/** Number of a list's titles that may not be sampled: an upper bound, and a function that counts exactly. */
export interface Excluded {
  readonly atMost: number;
  readonly exactly: () => number;
}
const NONE: Excluded = { atMost: 0, exactly: () => 0 };

/** The pool of a list's allowed titles. */
export interface ListedPool extends Pool {
  /** Returns the list. It checks each title. */
  list(): PoolList;
}

/**
 * Returns the pool of a list's allowed titles. It samples by rejection, so it need not check all titles: if a sampled
 * title is not allowed, it samples again. Only after many misses does it check the complete list.
 */
export function poolOf(
  titleIds: readonly string[],
  isAllowed: (titleId: string) => boolean = () => true,
  excluded: Excluded = NONE,
): ListedPool {
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
    list: () => ({ titleIds, excluded: titleIds.filter((titleId) => !isAllowed(titleId)) }),
  };
}

const oneOf = (titleIds: readonly string[], unit: number) => titleIds[Math.floor(unit * titleIds.length)];
