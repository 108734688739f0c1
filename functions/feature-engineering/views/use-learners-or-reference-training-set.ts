import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDb, sqlText } from '#adapters/duckdb/open-duckdb.ts';
import { jsonRows } from '#adapters/duckdb/sql-relations-over-files.ts';
import type { ComputeLabelledFeatures, LabelledColumn, LabelledRow } from '#domain/events/all-bricks-seam-types.ts';
import { MACROS } from './load-change-tables.ts';

const ENTER_ONLY = 0o711;

/** Tables that labelled-features.sql reads. */
const TABLES = [
  ...['labels', 'users', 'title_numbers', 'titles', 'title_genres'],
  ...['user_changes', 'title_plays_and_ratings', 'user_genre_plays'],
];

/**
 * Calls `use` with a query for the training set that a learner's code computed, or with the reference query if that code
 * did not compute it. The tables are passed as files, so that the learner's query runs in a confined process.
 *
 * @param reference query of the reference implementation
 */
export async function withTrainingSet<Result>(
  database: Pick<DuckDb, 'run' | 'rows'>,
  reference: string,
  compute: ComputeLabelledFeatures | undefined,
  use: (query: string) => Promise<Result>,
): Promise<Result> {
  if (!compute) return await use(reference);
  const folder = await mkdtemp(join(tmpdir(), 'agentbricks-training-set-'));
  // Root runs the query as another user, who may enter this folder but not list it.
  await chmod(folder, ENTER_ONLY);
  try {
    const columns = await columnsOf(database, reference);
    const rows = await compute({ ...(await exportTables(database, folder)), macros: MACROS, columns });
    return await use(rows ? await queryOf(folder, columns, rows) : reference);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function columnsOf(database: Pick<DuckDb, 'rows'>, reference: string): Promise<LabelledColumn[]> {
  const described = await database.rows<{ column_name: string; column_type: string }>(`DESCRIBE ${reference}`);
  return described.map(({ column_name, column_type }) => ({ name: column_name, type: column_type }));
}

/** Writes each table to a Parquet file, in a folder of their own. */
async function exportTables(database: Pick<DuckDb, 'run' | 'rows'>, parent: string) {
  const folder = join(parent, 'tables');
  await mkdir(folder);
  const tables = Object.fromEntries(TABLES.map((table) => [table, join(folder, `${table}.parquet`)]));
  for (const [table, path] of Object.entries(tables)) {
    await database.run(`COPY ${table} TO ${sqlText(path)} (FORMAT parquet)`);
  }
  const [counted] = await database.rows<{ labels: number }>('SELECT count(*)::INTEGER AS labels FROM labels');
  return { folder, tables, labels: counted?.labels ?? 0 };
}

/** Writes rows to a file, one JSON object per line. @returns a query for them, in their order */
async function queryOf(
  folder: string,
  columns: readonly LabelledColumn[],
  rows: readonly LabelledRow[],
): Promise<string> {
  const path = join(folder, 'rows.json');
  const lines = rows.map(
    (row) => `${JSON.stringify(Object.fromEntries(columns.map(({ name }, i) => [name, row[i]])))}\n`,
  );
  await writeFile(path, lines);
  return `FROM ${jsonRows(path, Object.fromEntries(columns.map(({ name, type }) => [name, type])))}`;
}
