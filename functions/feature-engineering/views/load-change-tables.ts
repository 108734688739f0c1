import type { DuckDb } from '#adapters/duckdb/open-duckdb.ts';
import { FEATURE_VIEWS, type FeatureView } from '#domain/features/feature-views.ts';
import { readSql, setVariables } from './read-sql-and-set-variables.ts';

/**
 * Query for every user as of the SQL variable as_of. Its columns are those of the users snapshot
 * (layers/domain/models/pipeline-run-input-and-files.ts).
 */
export const USERS_SNAPSHOT = readSql('features/users-snapshot.sql');
/** Query for every title known as of the SQL variable as_of. Its columns are those of the titles snapshot. */
export const TITLES_SNAPSHOT = readSql('features/titles-snapshot.sql');

/** Returns the SQL of a view's change table. */
export const changesOf = ({ table }: Pick<FeatureView, 'table'>): string =>
  readSql(`features/${table.replaceAll('_', '-')}.sql`);

/** SQL macros that all other SQL files use. */
export const MACROS = [
  'macros/known_at.sql',
  'macros/known-and-expiry-times.sql',
  'macros/mean-rating-genre-share-and-age.sql',
].map(readSql);

/** Statements that compute the change tables from the view `records`, in this order. */
const TABLES = [
  readSql('events/deduplicated-events.sql'),
  readSql('events/numbered-users-titles-and-genres.sql'),
  readSql('events/plays-and-ratings.sql'),
  ...Object.values(FEATURE_VIEWS).map((view) => `CREATE OR REPLACE TEMP TABLE ${view.table} AS ${changesOf(view)}`),
];

/**
 * Statements that select all users and titles for the snapshots. views/select-entities.ts can select only some.
 */
const ALL_WANTED = [
  'CREATE OR REPLACE TEMP TABLE wanted_users AS SELECT userId FROM users',
  'CREATE OR REPLACE TEMP TABLE wanted_titles AS SELECT titleId FROM titles',
];

/**
 * Computes the change tables of all events that were known at a time.
 *
 * @param files SQL relation over the lake's files
 * @param asOf UTC epoch ms
 */
export async function loadFeatureChanges(database: Pick<DuckDb, 'run'>, files: string, asOf: number): Promise<void> {
  await database.run(`CREATE OR REPLACE TEMP VIEW records AS FROM ${files}`);
  await loadChangesOfRecords(database, asOf);
  for (const sql of ALL_WANTED) await database.run(sql);
}

/** Computes the change tables from the view `records`. @param asOf UTC epoch ms */
export async function loadChangesOfRecords(database: Pick<DuckDb, 'run'>, asOf: number): Promise<void> {
  await setVariables(database, { as_of: asOf });
  for (const sql of [...MACROS, ...TABLES]) await database.run(sql);
}
