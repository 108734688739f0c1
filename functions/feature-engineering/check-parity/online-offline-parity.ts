import { isDeepStrictEqual } from 'node:util';
import { type DuckDb, openDuckDb } from '#adapters/duckdb/duckdb.ts';
import { EVENTS } from '#domain/events/topics.ts';
import {
  type MaterialisedTitle,
  type MaterialisedUser,
  titleFeaturesKey,
  userFeaturesKey,
} from '#domain/features/features.ts';
import { type Watermark, watermarkKey } from '#domain/features/watermark.ts';
import type { Ports } from '#ports/index.ts';
import { lakeFiles } from '../lake-files.ts';
import { snapshot } from '../snapshot.ts';
import { openKnownWithin, wantSample } from '../views/entities.ts';

/** How many of each are looked at. */
export interface SampleSize {
  readonly users: number;
  readonly titles: number;
}

export interface Parity {
  readonly sampled: number;
  /** Of the sampled: as the offline features say, bit for bit. */
  readonly agreed: number;
  /** Those that do not agree: `user#<id>` or `title#<id>`. */
  readonly differing: readonly string[];
}

const NOTHING: Parity = { sampled: 0, agreed: 0, differing: [] };
type Item = MaterialisedUser | MaterialisedTitle;

/**
 * Online = offline, at the same as-of: computes a sample's features from the lake, from exactly what the watermark says was read, and
 * compares them with the online items. What is being written meanwhile is left out.
 *
 * @param salt decides the sample: another one each time, so that in time all are looked at
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
  const { users, titles } = await offline(database, files, watermark, salt, size);
  const pairs = [
    ...(await beside(features, users, 'user', ({ userId }) => [userId, userFeaturesKey(userId)])),
    ...(await beside(features, titles, 'title', ({ titleId }) => [titleId, titleFeaturesKey(titleId)])),
  ];
  const after = await features.get<Watermark>(watermarkKey);
  if (!isDeepStrictEqual(after, watermark)) return NOTHING;
  const settled = pairs.filter(({ online }) => online === undefined || online.asOf <= watermark.asOf);
  const differing = settled.filter(({ online, expected }) => !agree(online, expected)).map(({ id }) => id);
  return { sampled: settled.length, agreed: settled.length - differing.length, differing };
}

async function offline(database: DuckDb, files: string, watermark: Watermark, salt: string, size: SampleSize) {
  await openKnownWithin(database, files, watermark);
  await wantSample(database, salt, size.users, size.titles);
  return snapshot(database, watermark.asOf);
}

async function beside<Expected extends Item>(
  features: Ports['features'],
  expected: readonly Expected[],
  kind: string,
  keyOf: (item: Expected) => readonly [string, { readonly pk: string; readonly sk: string }],
) {
  const keys = expected.map((item) => keyOf(item)[1]);
  const items = await features.getMany<Item>(keys);
  return expected.map((item, i) => ({ id: `${kind}#${keyOf(item)[0]}`, online: items[i], expected: item as Item }));
}

/** Equal but for when they were computed. */
const agree = (online: Item | undefined, expected: Item): boolean =>
  online !== undefined && isDeepStrictEqual({ ...online, asOf: expected.asOf }, { ...expected });
