import { joinIds, splitIds } from '../core/join-and-split-ids.ts';
import type { OnlineUser } from './feature-names-and-online-items.ts';

/**
 * Maximum number of titles in a profile and in a page. With ids of 64 characters, the item stays below DynamoDB's limit of
 * 400 KB.
 */
const MOST_TITLES = 5_000;
/** Number of titles that stay in a profile that was too long. */
const KEPT_TITLES = MOST_TITLES / 2;

/** Older titles of a user: table item `pk: 'user#<userId>'`, `sk: 'seen#<page>'`. A page never changes. */
export interface SeenPage {
  /** Ids joined by joinIds. */
  readonly titleIds: string;
}
type Pages = readonly (SeenPage | undefined)[];

const seenPageKey = (userId: string, page: number) => ({ pk: `user#${userId}`, sk: `seen#${page}` });

/** Returns the keys of all pages that belong to a profile. */
export const seenPageKeys = ({ userId, seenPages = 0 }: Pick<OnlineUser, 'userId' | 'seenPages'>) =>
  Array.from({ length: seenPages }, (_, page) => seenPageKey(userId, page));

const titlesOf = (pages: Pages): string[] => pages.flatMap((page) => (page ? splitIds(page.titleIds) : []));

/** Returns a profile with the titles of its pages in `seen`. */
export const withSeenPages = (user: OnlineUser, pages: Pages): OnlineUser =>
  pages.length === 0 ? user : { ...user, seen: [...new Set([...user.seen, ...titlesOf(pages)])] };

/**
 * Divides a profile with the titles of its pages into the item to store and new pages. Write the pages first: they repeat titles of
 * the stored profile until it is replaced.
 *
 * @param pages the stored pages. A title of a page is also in the profile if it is recent
 */
export function dividedProfile(user: OnlineUser, pages: Pages) {
  const stored = new Set(titlesOf(pages));
  const seen = stored.size === 0 ? user.seen : user.seen.filter((id, i) => i < user.seenAt.length || !stored.has(id));
  if (seen.length <= MOST_TITLES) return { profile: { ...user, seen }, added: [] };
  const older = seen.slice(KEPT_TITLES);
  const added = Array.from({ length: Math.ceil(older.length / MOST_TITLES) }, (_, i) => ({
    key: seenPageKey(user.userId, pages.length + i),
    item: { titleIds: joinIds(older.slice(i * MOST_TITLES, (i + 1) * MOST_TITLES)) } satisfies SeenPage,
  }));
  const profile = { ...user, seen: seen.slice(0, KEPT_TITLES), seenPages: pages.length + added.length };
  return { profile, added };
}
