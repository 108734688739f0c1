import { hourOf, type Now } from '#domain/core/time.ts';
import type { RecommendQuery } from '#domain/events/collect-and-recommend-contract.ts';
import {
  blockedKey,
  type MaterialisedUser,
  newUser,
  type OnlineUser,
  onlineUserOf,
  servedUser,
  type TitleList,
  userFeaturesKey,
  userKey,
} from '#domain/features/feature-names-and-online-items.ts';
import { type Watermark, watermarkKey } from '#domain/features/online-features-watermark-types.ts';
import { type SeenPage, seenPageKeys, withSeenPages } from '#domain/features/seen-title-pages.ts';
import type { Table } from '#ports/table.ts';
import type { ServingModel } from '../model/load-and-cache-model-versions.ts';

/** The user of a request, with their features. */
export interface Viewer extends Pick<MaterialisedUser, 'features' | 'genreShare'> {
  readonly profile: OnlineUser;
  /** Titles that this user may not be shown. */
  readonly blocked: readonly string[];
  /**
   * Start of the hour, UTC epoch ms. Values that depend on the time are constant for an hour, so that rankings can be
   * cached.
   */
  readonly at: number;
  /** Changes whenever the materialised features may have changed. */
  readonly featuresAsOf: string;
}

/**
 * Reads the user of a request.
 *
 * @throws if the table cannot be read: without the profile, seen titles could be shown again
 */
export async function viewerOf(
  { features, now }: { readonly features: Pick<Table, 'getMany'>; readonly now: Now },
  { userId, country }: Pick<RecommendQuery, 'userId' | 'country'>,
): Promise<Viewer> {
  const [profile, materialised, blocked, watermark] = await features.getMany([
    userKey(userId),
    userFeaturesKey(userId),
    blockedKey(userId),
    watermarkKey,
  ]);
  const stored = profile ? onlineUserOf(profile as unknown as OnlineUser) : newUser(userId);
  const known = stored.seenPages
    ? withSeenPages(stored, await features.getMany<SeenPage>(seenPageKeys(stored)))
    : stored;
  const [user, mark] = [materialised as MaterialisedUser | undefined, watermark as Watermark | undefined];
  const at = hourOf(now());
  return {
    profile: { ...known, country: known.country ?? country ?? null },
    blocked: (blocked as TitleList | undefined)?.titleIds ?? [],
    ...servedUser(user, mark, at),
    at,
    featuresAsOf: `${user?.asOf ?? 0}-${mark?.asOf ?? 0}`,
  };
}

/** Returns whether the model knows any of the user's recent plays. */
export const knowsTasteOf = ({ rowOf }: Pick<ServingModel, 'rowOf'>, { seen, seenAt }: OnlineUser): boolean =>
  seenAt.some((_, i) => rowOf.has(seen[i] as string));

/** Returns the rows of the user's recent plays that the model knows, newest first, at most `historyLength`. */
export function playedRows(
  { rowOf, historyLength }: Pick<ServingModel, 'rowOf' | 'historyLength'>,
  { seen, seenAt }: OnlineUser,
): Int32Array {
  const rows: number[] = [];
  for (let i = 0; i < seenAt.length && rows.length < historyLength; i++) {
    const row = rowOf.get(seen[i] as string);
    if (row !== undefined) rows.push(row);
  }
  return new Int32Array(rows);
}
