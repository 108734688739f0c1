import { sqlText } from '#adapters/duckdb.ts';
import { lakeFileOf, lakeKey, liveFiles } from '#domain/lake.ts';
import type { ObjectStore } from '#ports/object-store.ts';

/** The topic's live files in the lake as a DuckDB list; undefined when there is none. */
export async function lakeFiles(lake: Pick<ObjectStore, 'list' | 'open'>, topic: string): Promise<string | undefined> {
  const listed = (await lake.list(`lake/${topic}/`)).map(({ key }) => lakeFileOf(key)).filter((file) => !!file);
  const found = liveFiles(listed).map(lakeKey);
  return found.length === 0 ? undefined : `[${(await lake.open(found)).map(sqlText).join(', ')}]`;
}
