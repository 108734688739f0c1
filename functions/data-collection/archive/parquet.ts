import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDuckDb, sqlText } from '#adapters/duckdb.ts';

/**
 * Rows as one Parquet file.
 *
 * @param columns name → DuckDB type; a field that is not among them is left out, one that a row lacks is null
 */
export async function parquetOf(
  rows: readonly Readonly<Record<string, unknown>>[],
  columns: Readonly<Record<string, string>>,
): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'agentbricks-archive-'));
  try {
    const [source, target] = [join(folder, 'rows.ndjson'), join(folder, 'rows.parquet')];
    await writeFile(source, rows.map((row) => JSON.stringify(row)).join('\n'));
    const types = Object.entries(columns).map(([name, type]) => `${sqlText(name)}: ${sqlText(type)}`);
    using database = await openDuckDb();
    await database.run(
      `COPY (SELECT * FROM read_json(${sqlText(source)}, format = 'newline_delimited', columns = {${types.join(', ')}}))
       TO ${sqlText(target)} (FORMAT parquet, COMPRESSION zstd)`,
    );
    return await readFile(target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
