import type { DuckDb } from '#adapters/duckdb/open-duckdb.ts';
import type { Watermark } from '#domain/features/online-features-watermark-types.ts';
import { loadChangesOfRecords, MACROS } from './load-change-tables.ts';
import { readSql, setVariables } from './read-sql-and-set-variables.ts';

/**
 * Connection for the features of selected users and titles. The view `known` contains the records; the tables
 * `wanted_users` and `wanted_titles` contain the ids of the entities.
 */
type Database = Pick<DuckDb, 'run'>;

/** Query for the last offset of each partition in `known`. */
export const POSITIONS = 'SELECT partition, max("offset") AS last FROM known GROUP BY partition ORDER BY partition';

const CHANGED_SINCE = readSql('wanted/changed-since.sql');
const ALL = readSql('wanted/all-entities.sql');
const SAMPLE = readSql('wanted/sampled-entities.sql');

/**
 * Creates the view `known` with the records that had arrived by `asOf`.
 *
 * @param files SQL relation over the lake's files @param asOf UTC epoch ms
 */
export async function openKnown(database: Database, files: string, asOf: number): Promise<void> {
  for (const sql of MACROS) await database.run(sql);
  await setVariables(database, { as_of: asOf });
  await database.run(`CREATE OR REPLACE TEMP VIEW known AS FROM ${files} WHERE ingestedAt <= getvariable('as_of')`);
}

/** Creates the view `known` with exactly the records that the refresh of the watermark had read. */
export async function openKnownWithin(
  database: Database,
  files: string,
  { asOf, positions }: Watermark,
): Promise<void> {
  await openKnown(database, files, asOf);
  await setVariables(database, { watermark_positions: positions });
  await database.run(
    `CREATE OR REPLACE TEMP VIEW known AS FROM ${files} WHERE ingestedAt <= getvariable('as_of')
    AND "offset" <= coalesce(getvariable('watermark_positions')[partition], -1)`,
  );
}

/** Selects all users and titles: creates `wanted_users` and `wanted_titles`. */
export const wantAll = (database: Database): Promise<void> => database.run(ALL);

/** Selects the users and titles whose features may have changed since the watermark. */
export async function wantChanged(database: Database, { asOf, positions }: Watermark): Promise<void> {
  await setVariables(database, { watermark_as_of: asOf, watermark_positions: positions });
  await database.run(CHANGED_SINCE);
}

/** Selects a random sample. With a new `salt` for each call, repeated checks eventually cover all entities. */
export async function wantSample(database: Database, salt: string, users: number, titles: number): Promise<void> {
  await setVariables(database, { salt, sample_users: users, sample_titles: titles });
  await database.run(SAMPLE);
}

/**
 * Computes the change tables from the events of the selected users and titles, and the complete catalogue.
 *
 * @param asOf UTC epoch ms
 */
export async function loadWanted(database: Database, asOf: number): Promise<void> {
  await database.run(`CREATE OR REPLACE TEMP VIEW records AS FROM known WHERE eventId IN (
    SELECT eventId FROM known
    WHERE type = 'title' OR userId IN (FROM wanted_users) OR titleId IN (FROM wanted_titles))`);
  await loadChangesOfRecords(database, asOf);
}
