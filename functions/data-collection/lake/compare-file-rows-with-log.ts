import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDb, openDuckDb } from '#adapters/duckdb/open-duckdb.ts';
import { jsonRows, parquetRows, parquetSchemas } from '#adapters/duckdb/sql-relations-over-files.ts';
import { PoisonRecord } from '#domain/events/stored-records/parse-and-validate-record.ts';
import type { LogRecord } from '#ports/event-log.ts';
import { COLUMNS } from '../archive/lake-columns.ts';
import { archivedRow } from '../archive/log-record-to-lake-row.ts';

type Row = Readonly<Record<string, unknown>>;

/**
 * Returns a function that compares records of the log with the rows of Parquet files, column by column. Records without
 * a row, and columns that a file lacks because an earlier version wrote it, are not compared.
 *
 * @param paths local paths of the topic's files
 */
export async function rowComparison(topic: string, paths: readonly string[]) {
  using database = await openDuckDb();
  const groups = await groupsOfSameColumns(database, paths, Object.keys(COLUMNS[topic] ?? {}));
  /** Returns the number of rows that differ from their records: path → number. */
  return async (records: readonly LogRecord[]): Promise<ReadonlyMap<string, number>> => {
    const rows = records.flatMap(rowOf);
    if (rows.length === 0 || groups.length === 0) return new Map();
    const folder = await mkdtemp(join(tmpdir(), 'agentbricks-verify-'));
    try {
      const logged = join(folder, 'logged.ndjson');
      await writeFile(logged, rows.map((row) => JSON.stringify(row)).join('\n'));
      return await differing(jsonRows(logged, COLUMNS[topic] ?? {}), groups, records);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
}

/** Returns the row of a record, or none if the record is not an event or was redacted. */
function rowOf(record: LogRecord): Row[] {
  try {
    return [archivedRow(record).row];
  } catch (error) {
    if (error instanceof PoisonRecord) return [];
    throw error;
  }
}

/** Files that have the same columns of the topic. */
interface Group {
  readonly paths: readonly string[];
  readonly columns: readonly string[];
}

async function groupsOfSameColumns(
  database: DuckDb,
  paths: readonly string[],
  columns: readonly string[],
): Promise<Group[]> {
  if (paths.length === 0) return [];
  const found = await database.rows<{ path: string; names: string[] }>(
    `SELECT file_name AS path, list(DISTINCT name) AS names
     FROM ${parquetSchemas(paths)} GROUP BY file_name`,
  );
  const files = found.map(({ path, names }) => ({ path, columns: columns.filter((each) => names.includes(each)) }));
  return [...Map.groupBy(files, (file) => file.columns.join()).values()].map((same) => ({
    paths: same.map(({ path }) => path),
    columns: same[0]?.columns ?? [],
  }));
}

async function differing(
  logged: string,
  groups: readonly Group[],
  records: readonly LogRecord[],
): Promise<ReadonlyMap<string, number>> {
  using database = await openDuckDb();
  const [first, last] = [records[0], records.at(-1)];
  const counts = new Map<string, number>();
  for (const { paths, columns } of groups) {
    const differs = columns.map((each) => `row."${each}" IS DISTINCT FROM logged."${each}"`).join(' OR ');
    const found = await database.rows<{ path: string; count: bigint }>(
      `SELECT row.filename AS path, count(*) AS count
       FROM ${parquetRows(paths)} AS row JOIN ${logged} AS logged
         ON row.partition = logged.partition AND row."offset" = logged."offset"
       WHERE row.partition = ${first?.partition} AND row."offset" BETWEEN ${first?.offset} AND ${last?.offset}
         AND (${differs})
       GROUP BY row.filename`,
    );
    for (const { path, count } of found) counts.set(path, Number(count));
  }
  return counts;
}
