import type { CatalogueTitle, CatalogueTitles } from './catalogue.ts';
import type { Viewer } from './rank.ts';

/** Why a title may not be shown to a user. */
export type Refusal = 'seen' | 'blocked' | 'unavailable';
/** @param available where it is known already. @default - the catalogue is asked */
export type Filter = (titleId: string, available?: boolean) => Refusal | undefined;

/**
 * What no slate may hold, whatever filled it and however degraded it is: what the user has played, what is blocked for the
 * user, and what cannot be had: unknown to the catalogue, withdrawn, or released after the current hour began.
 */
export function filterOf(
  { profile, blocked, at }: Pick<Viewer, 'profile' | 'blocked' | 'at'>,
  titles: CatalogueTitles,
): Filter {
  const [seen, unwanted] = [new Set(profile.seen), new Set(blocked)];
  return (titleId, available) => {
    if (seen.has(titleId)) return 'seen';
    if (unwanted.has(titleId)) return 'blocked';
    return (available ?? isAvailable(titles.get(titleId), at)) ? undefined : 'unavailable';
  };
}

/** Whether anybody may be shown it. */
export const isAvailable = (title: CatalogueTitle | undefined, at: number): boolean =>
  title !== undefined && !title.withdrawn && title.releasedAt <= at;
