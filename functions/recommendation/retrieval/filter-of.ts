import { type CatalogueTitles, isAvailable } from '../catalogue/catalogue.ts';
import type { TitleMatrix } from '../model/feature-matrix.ts';
import { RowSet } from '../model/row-bitset.ts';
import type { Champion } from '../model/serving-model.ts';
import type { Viewer } from '../ranking/rank.ts';

/** Why a title may not be shown to a user. */
export type Refusal = 'seen' | 'blocked' | 'unavailable';
export type Filter = (titleId: string) => Refusal | undefined;

/**
 * What no slate may hold, whatever filled it and however degraded it is: what the user has played, what is blocked for the
 * user, and what cannot be had: unknown to the catalogue, withdrawn, or released after the current hour began.
 */
export function filterOf(
  { profile, blocked, at }: Pick<Viewer, 'profile' | 'blocked' | 'at'>,
  titles: CatalogueTitles,
): Filter {
  const [isSeen, isUnwanted] = [isOneOf(profile.seen), isOneOf(blocked)];
  return (titleId) => {
    if (isSeen(titleId)) return 'seen';
    if (isUnwanted(titleId)) return 'blocked';
    return isAvailable(titles.get(titleId), at) ? undefined : 'unavailable';
  };
}

/** Most requests ask by row, and by text for the one or two titles that chance draws: to make a set of a list costs as much as to search it so often. */
const SEARCHES = 8;

function isOneOf(titleIds: readonly string[]): (titleId: string) => boolean {
  let searches = 0;
  let set: ReadonlySet<string> | undefined;
  return (titleId) => {
    if (searches++ < SEARCHES) return titleIds.includes(titleId);
    set ??= new Set(titleIds);
    return set.has(titleId);
  };
}

/** The same by the champion's rows: hundreds of candidates are asked about, and numbers are found sooner than texts. */
export interface RowFilter {
  refusalOf(row: number): Refusal | undefined;
  /** How many titles that others may be shown this user may not. */
  refused(): number;
}

export function rowFilterOf(
  { profile, blocked, at }: Pick<Viewer, 'profile' | 'blocked' | 'at'>,
  { rowOf, titles: rows }: Pick<Champion, 'rowOf' | 'titles'>,
  { available }: Pick<TitleMatrix, 'available'>,
  titles: CatalogueTitles,
): RowFilter {
  const [seen, unwanted] = [new RowSet(rows.length), new RowSet(blocked.length > 0 ? rows.length : 0)];
  const unknown = new Set<string>();
  let refusedRows = 0;
  const refuse = (titleIds: readonly string[], refused: RowSet) => {
    for (const titleId of titleIds) {
      const row = rowOf.get(titleId);
      if (row === undefined) unknown.add(titleId);
      else if (!seen.has(row) && refused.add(row)) refusedRows += available[row] as number;
    }
  };
  refuse(profile.seen, seen);
  refuse(blocked, unwanted);
  return {
    refusalOf: (row) => {
      if (seen.has(row)) return 'seen';
      if (unwanted.has(row)) return 'blocked';
      return available[row] === 1 ? undefined : 'unavailable';
    },
    refused: () => {
      let count = refusedRows;
      for (const titleId of unknown) if (isAvailable(titles.get(titleId), at)) count++;
      return count;
    },
  };
}
