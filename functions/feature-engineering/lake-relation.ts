import { parquetRows } from '#adapters/duckdb/sql-relations-over-files.ts';
import { lakeFileOf, lakeKey } from '#domain/events/lake-file-keys.ts';
import { liveFiles } from '#domain/events/live-files.ts';
import type { ObjectStore } from '#ports/object-store.ts';

/** Returns a SQL relation over the topic's live files in the lake, or undefined when there are none. */
export async function lakeFiles(lake: Pick<ObjectStore, 'list' | 'open'>, topic: string): Promise<string | undefined> {
  const listed = (await lake.list(`lake/${topic}/`)).map(({ key }) => lakeFileOf(key)).filter((file) => !!file);
  const found = liveFiles(listed).map(lakeKey);
  return found.length === 0 ? undefined : parquetRows(await lake.open(found));
}
