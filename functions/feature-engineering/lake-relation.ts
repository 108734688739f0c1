import { readFile } from 'node:fs/promises';
import { checksumOf } from '#adapters/duckdb/checksum-in-parquet-footer.ts';
import { DamagedParquet } from '#adapters/duckdb/open-duckdb.ts';
import { parquetRows } from '#adapters/duckdb/sql-relations-over-files.ts';
import { lakeFileOf, lakeKey } from '#domain/events/lake-file-keys.ts';
import { liveFiles } from '#domain/events/live-files.ts';
import type { ObjectStore } from '#ports/object-store.ts';

type Lake = Pick<ObjectStore, 'list' | 'open'>;

/** Returns a SQL relation over the topic's live files in the lake, or undefined when there are none. */
export async function lakeFiles(lake: Lake, topic: string): Promise<string | undefined> {
  const { paths } = await openLive(lake, topic);
  return paths.length === 0 ? undefined : parquetRows(paths);
}

/**
 * Like lakeFiles, for data from which a model is trained: it reads every file completely, and compares it with its checksum.
 *
 * @throws DamagedParquet that names a file that has changed since it was written
 */
export async function checkedLakeFiles(lake: Lake, topic: string): Promise<string | undefined> {
  const { keys, paths } = await openLive(lake, topic);
  for (const [index, path] of paths.entries()) {
    if (checksumOf(await readFile(path)) === 'wrong')
      throw new DamagedParquet(keys[index] ?? path, new Error('its checksum is wrong'));
  }
  return paths.length === 0 ? undefined : parquetRows(paths);
}

async function openLive(lake: Lake, topic: string) {
  const listed = (await lake.list(`lake/${topic}/`)).map(({ key }) => lakeFileOf(key)).filter((file) => !!file);
  const keys = liveFiles(listed).map(lakeKey);
  return { keys, paths: keys.length === 0 ? [] : await lake.open(keys) };
}
