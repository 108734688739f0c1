import { openDuckDb } from '#adapters/duckdb/open-duckdb.ts';
import { BrickError } from '#domain/core/brick-error.ts';
import { CollectReply, REQUEST_HEADER, RecommendReply } from '#domain/events/collect-and-recommend-contract.ts';
import { EVENTS, EVENTS_DLQ, EXPOSURES } from '#domain/events/event-log-topics.ts';
import {
  type MaterialisedTitle,
  type MaterialisedUser,
  type OnlineTitle,
  type OnlineUser,
  onlineUserOf,
  recentPlays,
  titleFeaturesKey,
  titleKey,
  userFeaturesKey,
  userKey,
} from '#domain/features/feature-names-and-online-items.ts';
import {
  addPlays,
  EVERYWHERE,
  type PopularityCounts,
  popularityOf,
} from '#domain/features/play-count-rows-by-country.ts';
import { type LoadedVersion, modelRegistry } from '#model-registry/model-registry.ts';
import { lakeFiles } from '../../functions/feature-engineering/lake-relation.ts';
import type { ParityScenario } from './generate-parity-requests.ts';
import type { World } from './replayable-deployment-types.ts';

/** Result of a scenario, without values that differ between runs, such as ingestion times. */
export interface Outcome {
  /** Number of events by result, and of records by store. */
  readonly counts: Readonly<Record<string, number>>;
  /** Events in the lake, by `eventId`. */
  readonly lake: Readonly<Record<string, unknown>>;
  /** Online features by user. */
  readonly users: Readonly<Record<string, unknown>>;
  /** Online features by title. */
  readonly titles: Readonly<Record<string, unknown>>;
  /** Number of plays by title. */
  readonly popularity: Readonly<Record<string, number>>;
  /** Slates, by user. */
  readonly slates: Readonly<Record<string, unknown>>;
}

class ReplayFailed extends BrickError {
  override readonly code = 'BRICK_REPLAY_REFUSED';
  constructor(world: string, path: string, status: number, body: string) {
    super({
      what: `the ${world} world returned HTTP status ${status} for ${path}`,
      why: body.slice(0, MAX_BODY),
      fix: 'Fix this error first, because `agentbricks parity` can compare the worlds only if every request succeeds',
    });
  }
}

/** Number of titles of a slate. */
const SLATE = 10;
/** Longest response body that an error quotes, in characters. */
const MAX_BODY = 300;

/** Replays a scenario on a world with this model as the champion. @throws ReplayFailed */
export async function replay(
  world: World,
  { batches, users, titles }: ParityScenario,
  model: LoadedVersion,
  onStep: (step: string) => void,
): Promise<Outcome> {
  const { stores } = world;
  onStep(`${world.name}: ${batches.length} requests with events`);
  const collected = await postAll(world, batches);
  onStep(`${world.name}: consumers, features, a champion`);
  await world.settle();
  await world.invoke('refresh-online', {});
  await promote(world, model);
  onStep(`${world.name}: ${users.length} slates`);
  const slates = await slatesOf(world, users);
  await world.settle();
  const lake = await eventsInLake(world);
  return {
    counts: { ...collected, ...slateCounts(slates), ...(await recordCounts(world, lake)) },
    lake,
    users: await byName(users, (user) => onlineUser(stores.features, user)),
    titles: await byName(titles, (title) => onlineTitle(stores.features, title)),
    popularity: await popularity(stores.features),
    slates,
  };
}

async function postAll(world: World, batches: ParityScenario['batches']) {
  const totals = { accepted: 0, duplicates: 0, rejected: 0 };
  for (const events of batches) {
    const { accepted, duplicates, rejected } = await post(world, events);
    totals.accepted += accepted;
    totals.duplicates += duplicates;
    totals.rejected += rejected.length;
  }
  return totals;
}

type Slates = Readonly<Record<string, Awaited<ReturnType<typeof recommend>>>>;

async function slatesOf(world: World, users: readonly string[]): Promise<Slates> {
  const slates: Record<string, Slates[string]> = {};
  for (const user of users) slates[user] = await recommend(world, user);
  return slates;
}

const slateCounts = (slates: Slates) => ({
  slatesByModel: Object.values(slates).filter(({ policy }) => policy === 'model').length,
  slatesDegraded: Object.values(slates).filter(({ degraded }) => degraded !== null).length,
});

const recordCounts = async (world: World, lake: Readonly<Record<string, unknown>>) => ({
  eventsInLake: Object.keys(lake).length,
  exposuresInLake: await rowsInLake(world, EXPOSURES),
  deadLetters: await recordsOf(world, EVENTS_DLQ),
});

async function post({ name, baseUrl }: World, events: readonly unknown[]): Promise<CollectReply> {
  const path = '/v1/events';
  const response = await fetch(`${baseUrl}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ events }),
  });
  const body = await response.text();
  if (response.status !== 202) throw new ReplayFailed(name, path, response.status, body);
  return CollectReply.parse(JSON.parse(body));
}

/** Requests a slate. Its request id, which determines the exploration, is the same in every world. */
async function recommend({ name, baseUrl }: World, userId: string) {
  const path = `/v1/recommendations?userId=${userId}&k=${SLATE}&country=SE&device=tv`;
  const response = await fetch(`${baseUrl}${path}`, { headers: { [REQUEST_HEADER]: `parity-${userId}` } });
  const body = await response.text();
  if (response.status !== 200) throw new ReplayFailed(name, path, response.status, body);
  const { policy, modelVersion, degraded, items } = RecommendReply.parse(JSON.parse(body));
  return { policy, modelVersion, degraded, items };
}

async function promote({ stores: { registry, models } }: World, model: LoadedVersion): Promise<void> {
  const versions = modelRegistry({ registry, models, now: Date.now });
  await versions.register(model, 'parity');
  await versions.setAlias('champion', model.manifest.version, {
    who: 'parity',
    why: 'each world must serve the same model',
  });
}

async function eventsInLake({ stores: { lake } }: World): Promise<Record<string, unknown>> {
  const files = await lakeFiles(lake, EVENTS);
  if (!files) return {};
  using database = await openDuckDb();
  const comparable = `columns(c -> c NOT IN ('ingestedAt', 'offset', 'correlationId'))`;
  const rows = await database.rows<{ line: string }>(
    `SELECT to_json(r)::VARCHAR AS line FROM (SELECT ${comparable} FROM ${files}) r`,
  );
  const events = rows.map(({ line }) => JSON.parse(line) as { eventId: string });
  return Object.fromEntries(events.map((event) => [event.eventId, event]));
}

async function rowsInLake({ stores: { lake } }: World, topic: string): Promise<number> {
  const files = await lakeFiles(lake, topic);
  if (!files) return 0;
  using database = await openDuckDb();
  const [row] = await database.rows<{ rows: number }>(`SELECT count(DISTINCT eventId)::INTEGER AS rows FROM ${files}`);
  return row?.rows ?? 0;
}

async function recordsOf({ stores: { eventLog } }: World, topic: string): Promise<number> {
  const ends = await eventLog.partitions(topic);
  return ends.reduce((sum, { first, next }) => sum + Number(next) - Number(first), 0);
}

type Features = World['stores']['features'];

async function onlineUser(features: Features, user: string) {
  const item = await features.get<OnlineUser>(userKey(user));
  const profile = item && onlineUserOf(item);
  const materialised = await features.get<MaterialisedUser>(userFeaturesKey(user));
  const known = profile && { country: profile.country, recent: recentPlays(profile), seen: profile.seen.toSorted() };
  return { profile: known, features: materialised?.features, genreShare: materialised?.genreShare };
}

async function onlineTitle(features: Features, title: string) {
  const materialised = await features.get<MaterialisedTitle>(titleFeaturesKey(title));
  return { title: await features.get<OnlineTitle>(titleKey(title)), features: materialised?.features };
}

async function popularity(features: Features): Promise<Record<string, number>> {
  const total = new Map<string, number>();
  for (const { item } of await features.query<PopularityCounts>(popularityOf(EVERYWHERE))) addPlays(total, item);
  return Object.fromEntries(total);
}

const byName = async (names: readonly string[], read: (name: string) => Promise<unknown>) =>
  Object.fromEntries(await Promise.all(names.map(async (name) => [name, await read(name)] as const)));
