import { type CatalogueTitles, isAvailable } from './catalogue.ts';
import type { Champion } from './champion.ts';
import type { Viewer } from './rank.ts';
import { titleMatrix } from './title-matrix.ts';

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
  const [seen, unwanted] = [new Set(profile.seen), new Set(blocked)];
  return (titleId) => {
    if (seen.has(titleId)) return 'seen';
    if (unwanted.has(titleId)) return 'blocked';
    return isAvailable(titles.get(titleId), at) ? undefined : 'unavailable';
  };
}

/** The same by the champion's rows: hundreds of candidates are asked about, and numbers are found sooner than texts. */
export function rowFilterOf(
  { profile, blocked, at }: Pick<Viewer, 'profile' | 'blocked' | 'at'>,
  champion: Champion,
  titles: CatalogueTitles,
): (row: number) => Refusal | undefined {
  const { available } = titleMatrix(champion, titles, at);
  const rowsOf = (titleIds: readonly string[]) => new Set(titleIds.map((titleId) => champion.rowOf.get(titleId)));
  const [seen, unwanted] = [rowsOf(profile.seen), rowsOf(blocked)];
  return (row) => {
    if (seen.has(row)) return 'seen';
    if (unwanted.has(row)) return 'blocked';
    return available[row] === 1 ? undefined : 'unavailable';
  };
}
