import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDuckDb, sqlText } from '#adapters/duckdb/open-duckdb.ts';
import { parquetRows } from '#adapters/duckdb/sql-relations-over-files.ts';
import { type LakeFile, lakeKey } from '#domain/events/lake-file-keys.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import { entryOf } from '../lake/read-manifest-and-lake-files.ts';

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
  const folder = await mkdtemp(join(tmpdir(), 'agentbricks-compact-'));
  try {
    const target = join(folder, 'merged.parquet');
    const files = parquetRows(await lake.open(parts.map(lakeKey)));
    using database = await openDuckDb();
    await database.run(
      `COPY (SELECT * FROM ${files}
         QUALIFY row_number() OVER (PARTITION BY "offset") = 1 ORDER BY "offset")
       TO ${sqlText(target)} (FORMAT parquet, COMPRESSION zstd)`,
    );
    return await readFile(target);
  } catch (error) {
    // If a part is damaged, entryOf throws an error that names it. DuckDB's error does not.
    for (const part of parts) await entryOf(lake, lakeKey(part));
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
