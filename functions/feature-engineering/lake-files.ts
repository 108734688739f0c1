import { sqlText } from '#adapters/duckdb.ts';
import type { ObjectStore } from '#ports/object-store.ts';

/** The topic's files in the lake as a DuckDB list; undefined when there is none. */
export async function lakeFiles(lake: Pick<ObjectStore, 'list' | 'uri'>, topic: string): Promise<string | undefined> {
  const found = await lake.list(`lake/${topic}/`);
  return found.length === 0 ? undefined : `[${found.map(({ key }) => sqlText(lake.uri(key))).join(', ')}]`;
}
