import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDuckDb } from '#adapters/duckdb/open-duckdb.ts';
import { parquetFrom } from '#adapters/duckdb/query-to-parquet.ts';
import { jsonRows } from '#adapters/duckdb/sql-relations-over-files.ts';

/**
 * Returns rows as a Parquet file of the lake.
 *
 * @param columns name → DuckDB type. Other fields are dropped; a field that a row lacks is null
 */
export async function parquetOf(
  rows: readonly Readonly<Record<string, unknown>>[],
  columns: Readonly<Record<string, string>>,
): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'agentbricks-archive-'));
  try {
    const source = join(folder, 'rows.ndjson');
    await writeFile(source, rows.map((row) => JSON.stringify(row)).join('\n'));
    using database = await openDuckDb();
    return await parquetFrom(database, `SELECT * FROM ${jsonRows(source, columns)}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
