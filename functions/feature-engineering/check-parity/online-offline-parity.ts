import { isDeepStrictEqual } from 'node:util';
import { type DuckDb, openDuckDb } from '#adapters/duckdb/open-duckdb.ts';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import {
  type MaterialisedTitle,
  type MaterialisedUser,
  type OnlineUser,
  titleFeaturesKey,
  userFeaturesKey,
  userKey,
} from '#domain/features/feature-names-and-online-items.ts';
import { type Watermark, watermarkKey } from '#domain/features/online-features-watermark-types.ts';
import type { Ports } from '#ports/index.ts';
import { snapshot } from '../compute-online-feature-snapshot.ts';
import { lakeFiles } from '../lake-relation.ts';
import { openKnownWithin, wantSample } from '../views/select-entities.ts';

/** Number of users and titles in a sample. */
export interface SampleSize {
  readonly users: number;
  readonly titles: number;
}

export interface Parity {
  readonly sampled: number;
  /** Number of sampled entities whose online values equal the offline ones, bit for bit. */
  readonly agreed: number;
  /** Entities that differ: `user#<id>` or `title#<id>`. */
  readonly differing: readonly string[];
}

const NOTHING: Parity = { sampled: 0, agreed: 0, differing: [] };
type Item = MaterialisedUser | MaterialisedTitle;

/**
 * Compares online with offline features as of the watermark: computes the features of a sample from exactly the records
 * that the watermark names, and compares them with the online items. Items that are written in the meantime are left
 * out. The users' countries are compared in the same way with their profiles.
 *
 * @param salt selects the sample: with a new salt for each call, the samples eventually cover all entities
 */
export async function parity(
  { lake, features }: Pick<Ports, 'lake' | 'features'>,
  salt: string,
  size: SampleSize,
): Promise<Parity> {
  const watermark = await features.get<Watermark>(watermarkKey);
  const files = await lakeFiles(lake, EVENTS);
  if (!watermark || !files) return NOTHING;
  using database = await openDuckDb();
  const { users, titles, countries, lastEvents } = await offline(database, files, watermark, salt, size);
  const pairs = [
    ...(await onlineItemsOf(features, users, 'user', ({ userId }) => [userId, userFeaturesKey(userId)])),
    ...(await onlineItemsOf(features, titles, 'title', ({ titleId }) => [titleId, titleFeaturesKey(titleId)])),
  ];
  const misplaced = await usersInAnotherCountry(features, countries, lastEvents);
  const after = await features.get<Watermark>(watermarkKey);
  if (!isDeepStrictEqual(after, watermark)) return NOTHING;
  const settled = pairs.filter(({ online }) => online === undefined || online.asOf <= watermark.asOf);
  const differing = settled
    .filter(({ id, online, expected }) => misplaced.has(id) || !agree(online, expected))
    .map(({ id }) => id);
  return { sampled: settled.length, agreed: settled.length - differing.length, differing };
}

async function offline(database: DuckDb, files: string, watermark: Watermark, salt: string, size: SampleSize) {
  await openKnownWithin(database, files, watermark);
  await wantSample(database, salt, size.users, size.titles);
  const lastEvents = await database.rows<LastEvents>(LAST_EVENTS);
  return { ...(await snapshot(database, watermark.asOf)), lastEvents };
}

interface LastEvents {
  readonly userId: string;
  readonly ingestedAt: bigint;
}

/** Query for the last arrival of each sampled user's events, unless one of them is dated later than the watermark. */
const LAST_EVENTS = `
  SELECT userId, max(ingestedAt) AS ingestedAt FROM known SEMI JOIN wanted_users USING (userId)
  GROUP BY userId HAVING max(occurredAt) < getvariable('as_of')`;

/**
 * Returns the users whose profile has another country than the lake. It compares only profiles that contain exactly the events
 * up to the watermark, which the time of the last event shows: update-online writes them continuously.
 */
async function usersInAnotherCountry(
  features: Ports['features'],
  countries: ReadonlyMap<string, string | null>,
  lastEvents: readonly LastEvents[],
): Promise<ReadonlySet<string>> {
  const profiles = await features.getMany<OnlineUser>(lastEvents.map(({ userId }) => userKey(userId)));
  const misplaced = lastEvents.filter(({ userId, ingestedAt }, i) => {
    const profile = profiles[i];
    return profile?.updatedAt === Number(ingestedAt) && profile.country !== (countries.get(userId) ?? null);
  });
  return new Set(misplaced.map(({ userId }) => `user#${userId}`));
}

async function onlineItemsOf<Expected extends Item>(
  features: Ports['features'],
  expected: readonly Expected[],
  kind: string,
  keyOf: (item: Expected) => readonly [string, { readonly pk: string; readonly sk: string }],
) {
  const keys = expected.map((item) => keyOf(item)[1]);
  const items = await features.getMany<Item>(keys);
  return expected.map((item, i) => ({ id: `${kind}#${keyOf(item)[0]}`, online: items[i], expected: item as Item }));
}

/** Returns whether items are equal, apart from the time of their computation. */
const agree = (online: Item | undefined, expected: Item): boolean =>
  online !== undefined && isDeepStrictEqual({ ...online, asOf: expected.asOf }, { ...expected });
