import { type CatalogueTitle, isAvailable } from '../catalogue/catalogue.ts';

/** Why a title may not be shown to a user. */
export type Exclusion = 'seen' | 'blocked' | 'unavailable';

/** Returns why a title is excluded; undefined if it may be shown. */
export type Filter<Title = string> = (title: Title) => Exclusion | undefined;

/** What excludes titles for one user. */
export interface FilterViewer<Title> {
  /** All titles that the user has played. */
  readonly seen: readonly Title[];
  /** Titles that this user may not be shown. */
  readonly blocked: readonly Title[];
  /** Start of the hour, UTC epoch ms. */
  readonly at: number;
}

/** The catalogue, by whatever identifies a title. */
export interface FilterTitles<Title> {
  get(title: Title): CatalogueTitle | undefined;
}

/**
 * Returns a filter for all slates of a user: it excludes titles that the user has played, blocked titles, and unavailable ones
 * (not in the catalogue, withdrawn, or released after `at`). Titles are identified by id, or by their row in the model.
 *
 * Unit    `at`: UTC epoch ms
 * Never   depends on the source of a title, or on how degraded a request is: the same filter applies to all of them
 */
export function filterOf<Title extends string | number = string>(
  { seen, blocked, at }: FilterViewer<Title>,
  titles: FilterTitles<Title>,
): Filter<Title> {
  const [isSeen, isBlocked] = [membership(seen), membership(blocked)];
  return (title) => {
    if (isSeen(title)) return 'seen';
    if (isBlocked(title)) return 'blocked';
    return isAvailable(titles.get(title), at) ? undefined : 'unavailable';
  };
}

/** Lookups after which building a set costs less than searching the list: many requests look up one or two titles only. */
const LIST_SEARCHES = 8;

/** Returns whether a value is in a list. */
function membership<Value>(values: readonly Value[]): (value: Value) => boolean {
  if (values.length === 0) return () => false;
  let searches = 0;
  let set: ReadonlySet<Value> | undefined;
  return (value) => {
    if (searches < LIST_SEARCHES) {
      searches++;
      return values.includes(value);
    }
    set ??= new Set(values);
    return set.has(value);
  };
}
