import { openDuckDb } from '#adapters/duckdb/open-duckdb.ts';
import { parquetFrom } from '#adapters/duckdb/query-to-parquet.ts';
import { parquetRows } from '#adapters/duckdb/sql-relations-over-files.ts';
import { type LakeFile, lakeKey } from '#domain/events/lake-file-keys.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import { entryOf, refuseChanged } from '../lake/read-manifest-and-lake-files.ts';

/**
 * Merges files of one partition: each record once, in the order of the offsets. The same parts produce the same bytes.
 *
 * @returns the merged Parquet file
 * @throws DamagedLakeFile that names the damaged part
 */
export async function mergeFiles(
  lake: Pick<ObjectStore, 'get' | 'open'>,
  parts: readonly LakeFile[],
): Promise<Uint8Array> {
  // Rows of a changed file might still be readable. Their merged file would then pass as right.
  for (const part of parts) await refuseChanged(lake, lakeKey(part));
  try {
    const files = parquetRows(await lake.open(parts.map(lakeKey)));
    using database = await openDuckDb();
    return await parquetFrom(
      database,
      `SELECT * FROM ${files} QUALIFY row_number() OVER (PARTITION BY "offset") = 1 ORDER BY "offset"`,
    );
  } catch (error) {
    // If a part is damaged, entryOf throws an error that names it. DuckDB's error does not.
    for (const part of parts) await entryOf(lake, lakeKey(part));
    throw error;
  }
}
