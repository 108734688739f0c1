import { type ListedPool, poolOf } from '#domain/experiments/build-exploration-pool-from-list.ts';
import { type CatalogueTitles, isAvailable } from '../catalogue/load-catalogue.ts';
import type { Filter } from '../retrieval/filter-of.ts';
import type { Viewer } from '../retrieval/read-user-context.ts';
import type { RowFilter } from '../retrieval/translate-user-filter-to-rows.ts';

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
): ListedPool {
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
