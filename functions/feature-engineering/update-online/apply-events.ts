import type { StoredEvent } from '#domain/events/client-and-stored-events.ts';
import {
  type CatalogueMark,
  catalogueMarkKey,
  isLater,
  newUser,
  type OnlineTitle,
  type OnlineUser,
  RECENT_PLAYS,
  recentPlays,
  type TitleTimes,
  titleKey,
  titleTimesKey,
  userKey,
  VIEWED_TITLES,
  type View,
} from '#domain/features/feature-names-and-online-items.ts';
import {
  addPlays,
  type EarlierPopularityCounts,
  EVERYWHERE,
  earlierPopularityKey,
  type PopularityCounts,
  popularityCounts,
  popularityKey,
} from '#domain/features/play-count-rows-by-country.ts';
import type { Table, TableEntry } from '#ports/table.ts';
import { readProfiles } from './read-profiles.ts';

export interface OffsetEvent {
  readonly event: StoredEvent;
  readonly offset: number;
}

type Play = Extract<StoredEvent, { type: 'play' }>;
type Title = Extract<StoredEvent, { type: 'title' }>;
type Signup = Extract<StoredEvent, { type: 'signup' }>;
type Impression = Extract<StoredEvent, { type: 'impression' }>;
interface FirstPlay {
  readonly titleId: string;
  readonly offset: number;
  /** Regions for which the play counts: everywhere, and the user's country as known at that time. */
  readonly places: readonly string[];
}

/**
 * Applies events of one log partition to the online items: profiles, play counts and the catalogue. Applying them again
 * changes nothing: profiles consist of sets and maxima, and each row of counts stores the last offset that it has
 * counted.
 *
 * Unit    counts: first plays of a title by a user
 * Never   lets the order of arrival decide (the latest occurredAt does); writes a profile before the counts; writes one
 *         item per event
 *
 * @param features the online table
 */
export async function applyEvents(events: readonly OffsetEvent[], partition: number, features: Table): Promise<void> {
  const userIds = [...new Set(events.flatMap(({ event }) => (event.type === 'title' ? [] : [event.userId])))];
  const { users, divide } = await readProfiles(userIds, features);
  const firstPlays: FirstPlay[] = [];
  for (const { event, offset } of events) {
    if (event.type === 'title') continue;
    const before = users.get(event.userId) ?? newUser(event.userId);
    if (event.type === 'play' && !before.seen.includes(event.titleId)) {
      const places = before.country === null ? [EVERYWHERE] : [EVERYWHERE, before.country];
      firstPlays.push({ titleId: event.titleId, offset, places });
    }
    users.set(event.userId, applied(before, event));
  }
  const counts = await countPlays(firstPlays, partition, features);
  const divided = divide();
  const profiles = divided.map(({ profile }) => ({ key: userKey(profile.userId), item: profile }));
  const titles = await latestTitles(events, features);
  // Counts and pages are written first: with the other order, a crash in between would lose plays.
  await features.putMany([...titles.map(descriptionOf), ...counts, ...divided.flatMap(({ added }) => added)]);
  // The mark is written after the titles, so that a reader of the mark finds all of its titles in the catalogue. So are their
  // times: with the other order, a crash in between could lose descriptions.
  const mark: CatalogueMark = { by: `${partition}:${events.at(-1)?.offset}` };
  const marks = titles.length > 0 ? [...titles.map(timesOf), { key: catalogueMarkKey, item: mark }] : [];
  await features.putMany([...profiles, ...marks]);
}

function applied(user: OnlineUser, event: Exclude<StoredEvent, { type: 'title' }>): OnlineUser {
  const updatedAt = Math.max(user.updatedAt, event.ingestedAt);
  if (event.type === 'signup') return { ...user, ...laterSignup(user, event), updatedAt };
  if (event.type === 'impression') return { ...user, lastView: laterView(user.lastView, event), updatedAt };
  if (event.type !== 'play') return { ...user, updatedAt };
  return { ...user, ...withPlay(user, event), updatedAt };
}

function laterSignup(user: OnlineUser, event: Signup): Pick<OnlineUser, 'country' | 'signup'> {
  if (user.signup && isLater(user.signup, event)) return user;
  const { country, eventId, occurredAt, ingestedAt } = event;
  return { country, signup: { eventId, occurredAt, ingestedAt } };
}

function laterView(known: View | undefined, { eventId, occurredAt, titleIds }: Impression): View {
  const isNewest =
    !known || occurredAt > known.occurredAt || (occurredAt === known.occurredAt && eventId > known.eventId);
  return isNewest ? { eventId, occurredAt, titleIds: titleIds.slice(0, VIEWED_TITLES) } : known;
}

/**
 * Returns the played titles, each once: recent titles by their latest play, newest first, then older titles. The order
 * of arrival does not matter.
 */
function withPlay(user: OnlineUser, { titleId, occurredAt }: Play): Pick<OnlineUser, 'seen' | 'seenAt'> {
  const before = recentPlays(user);
  const same = before.find((play) => play.titleId === titleId);
  const play = { titleId, occurredAt: Math.max(occurredAt, same?.occurredAt ?? 0) };
  const plays = [play, ...before.filter((other) => other !== same)].sort(
    (a, b) => b.occurredAt - a.occurredAt || (a.titleId < b.titleId ? -1 : 1),
  );
  const older = user.seen.slice(before.length).filter((other) => other !== titleId);
  return {
    seen: [...plays.map((one) => one.titleId), ...older],
    seenAt: plays.slice(0, RECENT_PLAYS).map((one) => one.occurredAt),
  };
}

async function countPlays(plays: readonly FirstPlay[], partition: number, features: Table): Promise<TableEntry[]> {
  const counted = plays.flatMap(({ places, titleId, offset }) =>
    places.map((place) => ({ key: popularityKey(place, partition, titleId), place, titleId, offset })),
  );
  const rows = [...Map.groupBy(counted, ({ key }) => `${key.pk} ${key.sk}`).values()].map((row) => ({
    ...(row[0] as (typeof row)[number]),
    plays: row,
  }));
  const before = await features.getMany<PopularityCounts>(rows.map(({ key }) => key));
  const earlier = await earlierOffsets(
    rows.filter((_, i) => !before[i]).map(({ place }) => place),
    partition,
    features,
  );
  return rows.map(({ key, place, plays }, i) => ({
    key,
    item: withPlays(before[i] ?? popularityCounts(new Map(), earlier.get(place) ?? -1), plays),
  }));
}

/** Returns the last offset of each region's counts in the earlier format. The counts in buckets continue from there. */
async function earlierOffsets(
  places: readonly string[],
  partition: number,
  features: Table,
): Promise<Map<string, number>> {
  const all = [...new Set(places)];
  const rows = await features.getMany<EarlierPopularityCounts>(
    all.map((place) => earlierPopularityKey(place, partition)),
  );
  return new Map(all.map((place, i) => [place, rows[i]?.offset ?? -1]));
}

function withPlays(known: PopularityCounts, plays: readonly { titleId: string; offset: number }[]): PopularityCounts {
  const counts = new Map<string, number>();
  addPlays(counts, known);
  const fresh = plays.filter(({ offset }) => offset > known.offset);
  for (const { titleId } of fresh) counts.set(titleId, (counts.get(titleId) ?? 0) + 1);
  return popularityCounts(counts, Math.max(known.offset, ...fresh.map(({ offset }) => offset)));
}

/**
 * Returns the latest event of each title, unless the stored description is of a later one. Of two events with the same times, the
 * one that arrived last counts.
 */
async function latestTitles(events: readonly OffsetEvent[], features: Table): Promise<Title[]> {
  const titles = new Map<string, Title>();
  for (const { event } of events) {
    if (event.type === 'title' && !isOlder(event, titles.get(event.titleId))) titles.set(event.titleId, event);
  }
  const stored = await features.getMany<TitleTimes>([...titles.keys()].map(titleTimesKey));
  return [...titles.values()].filter((title, i) => !isOlder(title, stored[i]));
}

const isOlder = (title: TitleTimes, known: TitleTimes | undefined): boolean =>
  known !== undefined &&
  (title.occurredAt < known.occurredAt ||
    (title.occurredAt === known.occurredAt && title.ingestedAt < known.ingestedAt));

/** Returns the item of a title's description. Its features are a separate item. */
const descriptionOf = ({ titleId, name, genres, releasedAt }: Title): TableEntry => ({
  key: titleKey(titleId),
  item: { titleId, name, genres, releasedAt } satisfies OnlineTitle,
});

const timesOf = ({ titleId, occurredAt, ingestedAt }: Title): TableEntry => ({
  key: titleTimesKey(titleId),
  item: { occurredAt, ingestedAt } satisfies TitleTimes,
});
