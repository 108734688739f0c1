import { type DuckDb, openDuckDb, sqlText } from '#adapters/duckdb/open-duckdb.ts';
import { parquetFrom } from '#adapters/duckdb/query-to-parquet.ts';
import { parquetRows } from '#adapters/duckdb/sql-relations-over-files.ts';
import { lakeFileOf, manifestKey } from '#domain/events/lake-file-keys.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import { manifestOf, readManifest } from '../lake/read-manifest-and-lake-files.ts';

type Lake = Pick<ObjectStore, 'list' | 'get' | 'put' | 'open'>;

/** Counts a user's rows in all Parquet files of the store. */
export async function countIn(lake: Lake, userId: string): Promise<number> {
  using database = await openDuckDb();
  let rows = 0;
  for (const path of await lake.open(await parquetIn(lake))) rows += await rowsOfUser(database, path, userId);
  return rows;
}

/** Removes a user's rows from all Parquet files of the store, including files that a compaction has superseded. */
export async function forgetInLake(lake: Lake, userId: string): Promise<void> {
  using database = await openDuckDb();
  const changed = new Set<string>();
  for (const key of await parquetIn(lake)) {
    const [path = key] = await lake.open([key]);
    if ((await rowsOfUser(database, path, userId)) === 0) continue;
    await lake.put(key, await withoutUser(database, path, userId));
    changed.add(key);
  }
  for (const topic of new Set([...changed].flatMap((key) => lakeFileOf(key)?.topic ?? []))) {
    await renewManifest(lake, topic, changed);
  }
}

const parquetIn = async (lake: Lake): Promise<string[]> =>
  (await lake.list('')).map(({ key }) => key).filter((key) => key.endsWith('.parquet'));

async function rowsOfUser(database: DuckDb, path: string, userId: string): Promise<number> {
  const file = parquetRows([path]);
  const columns = await database.rows<{ column_name: string }>(
    `SELECT column_name FROM (DESCRIBE SELECT * FROM ${file})`,
  );
  if (!columns.some(({ column_name }) => column_name === 'userId')) return 0;
  const [found] = await database.rows<{ rows: bigint }>(
    `SELECT count(*) AS rows FROM ${file} WHERE userId = ${sqlText(userId)}`,
  );
  return Number(found?.rows);
}

const withoutUser = (database: DuckDb, path: string, userId: string): Promise<Uint8Array> =>
  parquetFrom(database, `SELECT * FROM ${parquetRows([path])} WHERE userId IS DISTINCT FROM ${sqlText(userId)}`);

async function renewManifest(lake: Lake, topic: string, changed: ReadonlySet<string>): Promise<void> {
  const earlier = await readManifest(lake, topic);
  if (!earlier) return;
  const sizes = new Map((await lake.list(`lake/${topic}/`)).map(({ key, size }) => [key, size]));
  const files = earlier.files.map(({ key }) => ({ key, size: sizes.get(key) ?? 0 })).filter(({ size }) => size > 0);
  const known = { ...earlier, files: earlier.files.filter(({ key }) => !changed.has(key)) };
  const renewed = await manifestOf(lake, topic, files, known, earlier.writtenAt);
  await lake.put(manifestKey(topic), new TextEncoder().encode(JSON.stringify(renewed)));
}
