import { DAY } from '#domain/core/time.ts';
import { PARTITIONS } from '#domain/events/event-log-topics.ts';
import {
  catalogueMarkKey,
  type MaterialisedTitle,
  type MaterialisedUser,
  type OnlineTitle,
  type OnlineUser,
  titleFeaturesKey,
  titleKey,
  userFeaturesKey,
  userKey,
} from '#domain/features/feature-names-and-online-items.ts';
import { watermarkKey } from '#domain/features/online-features-watermark-types.ts';
import { EVERYWHERE, popularityCounts, popularityKey } from '#domain/features/play-count-rows-by-country.ts';
import { modelRegistry } from '#model-registry/model-registry.ts';
import type { Ports } from '#ports/index.ts';
import type { ItemKey, TableEntry } from '#ports/table.ts';
import { modelIn } from '../../../bin/parity/fixture-model.ts';
import { PLAYS, TITLES, titleId, USERS, userId } from './world-size-and-ids.ts';

const COUNTRIES = ['DE', 'FR', 'IN', 'US', 'BR'];
const GENRES = 20;
const CHUNK = 5_000;
/** A step that visits each number below TITLES once, in a seemingly random order. */
const STRIDE = 7_919;

type WorldPorts = Pick<Ports, 'features' | 'registry' | 'models' | 'now'>;

/** Fills the tables as the consumers would, and makes the model in `folder` the champion. */
export async function fillWorld(ports: WorldPorts, folder: string): Promise<void> {
  const asOf = ports.now();
  await putAll(ports, TITLES, (i) => titleEntries(i, asOf));
  await putAll(ports, USERS, (i) => userEntries(i, asOf));
  for (const place of [EVERYWHERE, ...COUNTRIES]) await ports.features.putMany(countEntries(place));
  await ports.features.put(catalogueMarkKey, { by: 'bench' });
  await ports.features.put(watermarkKey, { asOf, positions: {} });
  const model = modelIn(folder);
  const registry = modelRegistry(ports);
  await registry.register(model, 'bench');
  await registry.setAlias('champion', model.manifest.version, { who: 'bench', why: 'it is the only model' });
}

/** Returns play counts. A title's plays are spread over the log's partitions, each of which is counted separately. */
function countEntries(place: string): readonly TableEntry[] {
  const rows = new Map<string, { readonly key: ItemKey; readonly counts: Map<string, number> }>();
  for (let i = 0; i < TITLES; i++) {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const key = popularityKey(place, partition, titleId(i));
      const row = rows.get(key.sk) ?? { key, counts: new Map() };
      rows.set(key.sk, row);
      row.counts.set(titleId(i), Math.floor((((i * STRIDE) % TITLES) + partition) / PARTITIONS));
    }
  }
  return [...rows.values()].map(({ key, counts }) => ({ key, item: popularityCounts(counts, 1) }));
}

async function putAll({ features }: WorldPorts, count: number, entriesOf: (i: number) => readonly TableEntry[]) {
  for (let from = 0; from < count; from += CHUNK) {
    const numbers = Array.from({ length: Math.min(CHUNK, count - from) }, (_, i) => from + i);
    await features.putMany(numbers.flatMap(entriesOf));
  }
}

function titleEntries(i: number, asOf: number): readonly TableEntry[] {
  const title: OnlineTitle = {
    titleId: titleId(i),
    name: `Film ${i}`,
    genres: [`genre-${i % GENRES}`, `genre-${(i * STRIDE) % GENRES}`],
    releasedAt: asOf - (1 + (i % 3_000)) * DAY,
  };
  const features = { plays7d: i % 1_000, playsTotal: (i * STRIDE) % TITLES, meanRating: 1 + (i % 40) / 10 };
  const counted: MaterialisedTitle = { titleId: title.titleId, asOf, features };
  return [
    { key: titleKey(title.titleId), item: title },
    { key: titleFeaturesKey(title.titleId), item: counted },
  ];
}

function userEntries(i: number, asOf: number): readonly TableEntry[] {
  const played = Array.from({ length: PLAYS }, (_, play) => titleId((i * PLAYS + play * STRIDE) % TITLES));
  const user: OnlineUser = {
    userId: userId(i),
    country: COUNTRIES[i % COUNTRIES.length] ?? null,
    seen: played,
    seenAt: played.map((_, play) => asOf - (1 + play) * DAY),
    updatedAt: asOf - 1,
  };
  const counted: MaterialisedUser = {
    userId: user.userId,
    asOf,
    features: { plays7d: 7, playsTotal: PLAYS, meanRating: 3.5 },
    genreShare: Object.fromEntries(Array.from({ length: GENRES }, (_, genre) => [`genre-${genre}`, 1 / GENRES])),
  };
  return [
    { key: userKey(user.userId), item: user },
    { key: userFeaturesKey(user.userId), item: counted },
  ];
}
