import type { StoredEvent } from '#domain/events.ts';
import {
  EVERYWHERE,
  type OnlineTitle,
  type OnlineUser,
  type PopularityCounts,
  popularityKey,
  RECENT_PLAYS,
  type RecentPlay,
  titleKey,
  userKey,
} from '#domain/features.ts';
import type { ItemKey, Table, TableEntry } from '#ports/table.ts';

export interface OffsetEvent {
  readonly event: StoredEvent;
  readonly offset: number;
}

type Play = Extract<StoredEvent, { type: 'play' }>;
type Changed = Map<string, OnlineUser>;

const newUser = (userId: string): OnlineUser => ({ userId, country: null, recent: [], seen: [], updatedAt: 0 });

/**
 * Applies events of one log partition to the online items. Applying them again changes nothing: profiles are sets and
 * maxima, and counts remember the last offset they counted.
 */
export async function applyEvents(events: readonly OffsetEvent[], partition: number, features: Table): Promise<void> {
  const users = await readUsers(events, features);
  const firstPlays: { play: Play; offset: number }[] = [];
  for (const { event, offset } of events) {
    if (event.type === 'title') continue;
    const before = users.get(event.userId) ?? newUser(event.userId);
    if (event.type === 'play' && !before.seen.includes(event.titleId)) firstPlays.push({ play: event, offset });
    users.set(event.userId, applied(before, event));
  }
  const counts = await countPlays(firstPlays, users, partition, features);
  const profiles = [...users].map(([userId, item]) => ({ key: userKey(userId), item }));
  const titles = await titleEntries(events, features);
  // Counts before profiles: the other order would lose a play from the counts if the process died between the two.
  await features.putMany([...titles, ...counts]);
  await features.putMany(profiles);
}

async function readUsers(events: readonly OffsetEvent[], features: Table): Promise<Changed> {
  const ids = [...new Set(events.flatMap(({ event }) => (event.type === 'title' ? [] : [event.userId])))];
  const items = await features.getMany<OnlineUser>(ids.map(userKey));
  return new Map(ids.map((id, i) => [id, items[i] ?? newUser(id)]));
}

function applied(user: OnlineUser, event: Exclude<StoredEvent, { type: 'title' }>): OnlineUser {
  const updatedAt = Math.max(user.updatedAt, event.ingestedAt);
  if (event.type === 'signup') return { ...user, country: event.country, updatedAt };
  if (event.type !== 'play') return { ...user, updatedAt };
  const seen = user.seen.includes(event.titleId) ? user.seen : [...user.seen, event.titleId];
  return { ...user, seen, recent: withPlay(user.recent, event), updatedAt };
}

/** Newest first, each title once with its latest play: the same whatever the order of arrival. */
function withPlay(recent: readonly RecentPlay[], { titleId, occurredAt }: Play): RecentPlay[] {
  const same = recent.find((play) => play.titleId === titleId);
  const play = { titleId, occurredAt: Math.max(occurredAt, same?.occurredAt ?? 0) };
  return [play, ...recent.filter((other) => other !== same)]
    .sort((a, b) => b.occurredAt - a.occurredAt || (a.titleId < b.titleId ? -1 : 1))
    .slice(0, RECENT_PLAYS);
}

async function countPlays(
  plays: readonly { readonly play: Play; readonly offset: number }[],
  users: Changed,
  partition: number,
  features: Table,
): Promise<TableEntry[]> {
  const places = (play: Play) => [EVERYWHERE, users.get(play.userId)?.country].filter((place) => place != null);
  const all = [...new Set(plays.flatMap(({ play }) => places(play)))];
  const before = await features.getMany<PopularityCounts>(all.map((place) => popularityKey(place, partition)));
  return all.map((place, i) => {
    const known = before[i] ?? { counts: {}, offset: -1 };
    const counts: Record<string, number> = { ...known.counts };
    let offset = known.offset;
    for (const { play, offset: at } of plays) {
      if (at <= known.offset || !places(play).includes(place)) continue;
      counts[play.titleId] = (counts[play.titleId] ?? 0) + 1;
      offset = Math.max(offset, at);
    }
    return { key: popularityKey(place, partition), item: { counts, offset } satisfies PopularityCounts };
  });
}

/** The catalogue's part; features that the pipeline materialised stay. */
async function titleEntries(events: readonly OffsetEvent[], features: Table): Promise<TableEntry[]> {
  const titles = new Map(
    events.flatMap(({ event }) => (event.type === 'title' ? [[event.titleId, event] as const] : [])),
  );
  const keys: ItemKey[] = [...titles.keys()].map(titleKey);
  const before = await features.getMany<OnlineTitle>(keys);
  return [...titles.values()].map(({ titleId, name, genres, releasedAt }, i) => ({
    key: titleKey(titleId),
    item: { ...before[i], titleId, name, genres, releasedAt } satisfies OnlineTitle,
  }));
}
