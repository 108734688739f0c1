import { join } from 'node:path';
import { openSqlite } from '#adapters/sqlite/open-sqlite-with-storage-errors.ts';
import { sqliteTable } from '#adapters/table/sqlite.ts';
import {
  type MaterialisedUser,
  type OnlineUser,
  userFeaturesKey,
  userKey,
} from '#domain/features/feature-names-and-online-items.ts';
import { watermarkKey } from '#domain/features/online-features-watermark-types.ts';
import { atMost, type Figure, figure, progress } from '../harness/figures-and-interleaved-rounds.ts';

const P99 = 0.99;
const SEEN = 100;
const RECENT = 50;
const GENRES = ['Drama', 'Comedy', 'Crime', 'Action', 'Romance', 'Horror'];
const WRITTEN_AT_ONCE = 10_000;
/** A prime, so that reads are spread over the table. */
const STRIDE = 7_919;

/** Measures the reads of one user per request: profile, features and watermark. */
export async function* pointReads(folder: string, quick: boolean): AsyncIterable<Figure> {
  const [users, reads] = quick ? [1_000, 1_000] : [100_000, 50_000];
  progress(`writing ${users} users`);
  const database = openSqlite(join(folder, 'tables.sqlite'));
  try {
    const table = sqliteTable(database, 'features', { now: Date.now });
    await table.put(watermarkKey, { asOf: Date.now(), positions: {} });
    for (let from = 0; from < users; from += WRITTEN_AT_ONCE) {
      const some = Array.from({ length: Math.min(WRITTEN_AT_ONCE, users - from) }, (_, i) => from + i);
      await table.putMany(some.flatMap(entriesOf));
    }
    const times: number[] = [];
    for (let i = 0; i < reads; i++) {
      const userId = idOf((i * STRIDE) % users);
      const began = performance.now();
      await table.getMany([userKey(userId), userFeaturesKey(userId), watermarkKey]);
      times.push(performance.now() - began);
    }
    times.sort((a, b) => a - b);
    const p99 = times[Math.floor(times.length * P99)] ?? Number.NaN;
    yield figure({ bench: 'features.point-read-p99', unit: 'ms', rounds: [p99], target: atMost(2) });
  } finally {
    database.close();
  }
}

const idOf = (n: number) => `u-${String(n).padStart(6, '0')}`;
const titleOf = (n: number) => `t-${String(n).padStart(4, '0')}`;

function entriesOf(n: number) {
  const userId = idOf(n);
  const seen = Array.from({ length: SEEN }, (_, i) => titleOf(n + i));
  const seenAt = Array.from({ length: RECENT }, (_, i) => n - i);
  const profile: OnlineUser = { userId, country: 'SE', seen, seenAt, updatedAt: n };
  const features = { plays7d: n, playsTotal: n, meanRating: 1 };
  const genreShare = Object.fromEntries(GENRES.map((genre) => [genre, 1 / GENRES.length]));
  const materialised: MaterialisedUser = { userId, asOf: n, features, genreShare };
  return [
    { key: userKey(userId), item: profile },
    { key: userFeaturesKey(userId), item: materialised },
  ];
}
