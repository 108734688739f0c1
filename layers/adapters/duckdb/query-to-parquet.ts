import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHECKSUM_PLACE, withChecksum } from './checksum-in-parquet-footer.ts';
import { type DuckDb, sqlText } from './open-duckdb.ts';

/**
 * Returns the result of a query as a Parquet file of the lake, with its checksum. The same rows give the same bytes.
 *
 * @param query a SELECT statement
 */
export async function parquetFrom(database: DuckDb, query: string): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'agentbricks-lake-'));
  try {
    const target = join(folder, 'rows.parquet');
    await database.run(`COPY (${query}) TO ${sqlText(target)} (FORMAT parquet, COMPRESSION zstd, ${CHECKSUM_PLACE})`);
    return withChecksum(await readFile(target));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
