import { type CatalogueTitle, isAvailable } from '../catalogue/load-catalogue.ts';

/** Reason why a title may not be shown to a user. */
export type Exclusion = 'seen' | 'blocked' | 'unavailable';

/** Returns why a title is excluded; undefined if it may be shown. */
export type Filter = (titleId: string) => Exclusion | undefined;

/** Data that determine which titles are excluded for one user. */
export interface FilterViewer {
  /** All titles that the user has played. */
  readonly seen: readonly string[];
  /** Titles that this user may not be shown. */
  readonly blocked: readonly string[];
  /** Start of the hour, UTC epoch ms. */
  readonly at: number;
}

/**
 * Returns a filter for all slates of a user: it excludes titles that the user has played, blocked titles, and
 * unavailable ones (not in the catalogue, withdrawn, or released after `at`).
 *
 * Unit    `at`: UTC epoch ms
 * Never   depends on the source of a title, or on whether a fallback serves the slate: the same filter applies to all
 *
 * @param titles the catalogue, by id
 */
export function filterOf(
  { seen, blocked, at }: FilterViewer,
  titles: Pick<ReadonlyMap<string, CatalogueTitle>, 'get'>,
): Filter {
  const [isSeen, isBlocked] = [membership(seen), membership(blocked)];
  return (titleId) => {
    if (isSeen(titleId)) return 'seen';
    if (isBlocked(titleId)) return 'blocked';
    return isAvailable(titles.get(titleId), at) ? undefined : 'unavailable';
  };
}

/**
 * Number of lookups after which building a set costs less than searching the list. Some requests look up only one or
 * two titles.
 */
const LIST_SEARCHES = 8;

/** Returns a predicate: whether a title is in a list. */
function membership(titleIds: readonly string[]): (titleId: string) => boolean {
  if (titleIds.length === 0) return () => false;
  let searches = 0;
  let set: ReadonlySet<string> | undefined;
  return (titleId) => {
    if (searches < LIST_SEARCHES) {
      searches++;
      return titleIds.includes(titleId);
    }
    set ??= new Set(titleIds);
    return set.has(titleId);
  };
}
