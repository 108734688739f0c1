import { isAvailable } from '../catalogue/load-catalogue.ts';
import type { TitleMatrix } from '../model/compute-ranker-features.ts';
import type { ServingModel } from '../model/load-and-cache-model-versions.ts';
import { RowBitset } from '../model/row-bitset.ts';
import { type Filter, filterOf } from './filter-of.ts';
import type { Viewer } from './read-user-context.ts';

/**
 * A user's filter by the model's rows. A request filters hundreds of candidates, and rows are looked up faster than
 * ids.
 */
export interface RowFilter {
  excludes(row: number): boolean;
  /**
   * Returns the number of available titles that are excluded for this user, including titles that the model does not
   * know.
   */
  excludedCount(): number;
}

/** The catalogue at an hour, as in the title matrix. */
type Titles = Pick<TitleMatrix, 'titles' | 'at'>;

/**
 * Translates a user's filter to rows. It calls the filter only for titles that the user has played or that are blocked.
 * For all others it uses the filter of a user without history, whose results are cached per catalogue and hour.
 */
export function rowFilterOf(
  filter: Filter,
  { profile, blocked, at }: Pick<Viewer, 'profile' | 'blocked' | 'at'>,
  { rowOf, titles: ids }: Pick<ServingModel, 'rowOf' | 'titles'>,
  matrix: Titles,
): RowFilter {
  const available = availableRows(ids, matrix);
  const excluded = new RowBitset(ids.length);
  const unknown: string[] = [];
  let count = 0;
  const exclude = (titleIds: readonly string[]) => {
    for (const titleId of titleIds) {
      const row = rowOf.get(titleId);
      if (row === undefined) unknown.push(titleId);
      else if (filter(titleId) !== undefined && excluded.add(row)) count += available[row] as number;
    }
  };
  exclude(profile.seen);
  exclude(blocked);
  return {
    excludes: (row) => available[row] === 0 || excluded.has(row),
    excludedCount: () => {
      const others = new Set(unknown.filter((titleId) => isAvailable(matrix.titles.get(titleId), at)));
      return count + others.size;
    },
  };
}

/** Row → 1 if the title is available, otherwise 0. Cached per catalogue and hour, like the matrix. */
const cached = new WeakMap<Titles, Uint8Array>();

function availableRows(titleIds: readonly string[], matrix: Titles): Uint8Array {
  const known = cached.get(matrix);
  if (known) return known;
  const filter = filterOf({ seen: [], blocked: [], at: matrix.at }, matrix.titles);
  const available = Uint8Array.from(titleIds, (titleId) => (filter(titleId) === undefined ? 1 : 0));
  cached.set(matrix, available);
  return available;
}
