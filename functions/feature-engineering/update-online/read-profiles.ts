import { newUser, type OnlineUser, onlineUserOf, userKey } from '#domain/features/feature-names-and-online-items.ts';
import { dividedProfile, type SeenPage, seenPageKeys, withSeenPages } from '#domain/features/seen-title-pages.ts';
import type { Table } from '#ports/table.ts';

/**
 * Reads the profiles of users, with the titles of their pages.
 *
 * @returns the profiles by user, which the caller may replace, and a function that divides them into the items to store
 */
export async function readProfiles(userIds: readonly string[], features: Pick<Table, 'getMany'>) {
  const items = await features.getMany<OnlineUser>(userIds.map(userKey));
  const stored = userIds.map((id, i) => (items[i] ? onlineUserOf(items[i]) : newUser(id)));
  // Only users with thousands of plays have pages.
  const readPages = async (user: OnlineUser) => (user.seenPages ? features.getMany<SeenPage>(seenPageKeys(user)) : []);
  const pages = new Map(await Promise.all(stored.map(async (user) => [user.userId, await readPages(user)] as const)));
  const pagesOf = (userId: string) => pages.get(userId) ?? [];
  const users = new Map(stored.map((user) => [user.userId, withSeenPages(user, pagesOf(user.userId))]));
  return { users, divide: () => [...users.values()].map((user) => dividedProfile(user, pagesOf(user.userId))) };
}
