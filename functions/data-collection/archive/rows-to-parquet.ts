import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDuckDb, sqlText } from '#adapters/duckdb/open-duckdb.ts';
import { jsonRows } from '#adapters/duckdb/sql-relations-over-files.ts';

/**
 * Returns rows as the bytes of a Parquet file.
 *
 * @param columns name → DuckDB type. Other fields are dropped; a field that a row lacks is null
 */
export async function parquetOf(
  rows: readonly Readonly<Record<string, unknown>>[],
  columns: Readonly<Record<string, string>>,
): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'agentbricks-archive-'));
  try {
    const [source, target] = [join(folder, 'rows.ndjson'), join(folder, 'rows.parquet')];
    await writeFile(source, rows.map((row) => JSON.stringify(row)).join('\n'));
    using database = await openDuckDb();
    await database.run(
      `COPY (SELECT * FROM ${jsonRows(source, columns)})
       TO ${sqlText(target)} (FORMAT parquet, COMPRESSION zstd)`,
    );
    return await readFile(target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
