import type { TitleMatrix } from '../model/feature-matrix.ts';
import type { ServingModel } from '../model/model-loader.ts';
import { type Filter, filterOf } from './filter-of.ts';
import type { Viewer } from './user-context.ts';

/** Returns the user's filter by the model's rows: a request filters hundreds of candidates, and numbers are looked up faster than ids. */
export function rowFilterOf(
  { profile, blocked, at }: Pick<Viewer, 'profile' | 'blocked' | 'at'>,
  { rowOf }: Pick<ServingModel, 'rowOf'>,
  { byRow }: Pick<TitleMatrix, 'byRow'>,
): Filter<number> {
  const rowsOf = (titleIds: readonly string[]) =>
    titleIds.map((titleId) => rowOf.get(titleId)).filter((row) => row !== undefined);
  return filterOf({ seen: rowsOf(profile.seen), blocked: rowsOf(blocked), at }, { get: (row) => byRow[row] });
}
