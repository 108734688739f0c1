import { type CatalogueTitles, isAvailable } from './catalogue.ts';
import type { Champion } from './champion.ts';
import type { Viewer } from './rank.ts';
import type { TitleMatrix } from './title-matrix.ts';

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
  // Most requests ask by row, and need no sets of texts.
  let sets: readonly [seen: ReadonlySet<string>, unwanted: ReadonlySet<string>] | undefined;
  return (titleId) => {
    sets ??= [new Set(profile.seen), new Set(blocked)];
    const [seen, unwanted] = sets;
    if (seen.has(titleId)) return 'seen';
    if (unwanted.has(titleId)) return 'blocked';
    return isAvailable(titles.get(titleId), at) ? undefined : 'unavailable';
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
  { rowOf }: Pick<Champion, 'rowOf'>,
  { available }: Pick<TitleMatrix, 'available'>,
  titles: CatalogueTitles,
): RowFilter {
  const unknown = new Set<string>();
  const rowsOf = (titleIds: readonly string[]) => {
    const rows = new Set<number>();
    for (const titleId of titleIds) {
      const row = rowOf.get(titleId);
      if (row === undefined) unknown.add(titleId);
      else rows.add(row);
    }
    return rows;
  };
  const [seen, unwanted] = [rowsOf(profile.seen), rowsOf(blocked)];
  return {
    refusalOf: (row) => {
      if (seen.has(row)) return 'seen';
      if (unwanted.has(row)) return 'blocked';
      return available[row] === 1 ? undefined : 'unavailable';
    },
    refused: () => {
      let count = 0;
      for (const row of unwanted.size > 0 ? new Set([...seen, ...unwanted]) : seen) count += available[row] as number;
      for (const titleId of unknown) if (isAvailable(titles.get(titleId), at)) count++;
      return count;
    },
  };
}
