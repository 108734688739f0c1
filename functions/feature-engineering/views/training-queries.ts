import type { DuckDb } from '#adapters/duckdb/open-duckdb.ts';
import { readSql } from './read-sql-and-set-variables.ts';

/** SQL that creates the tables of first plays and latest ratings. */
export const FIRST_PLAYS = readSql('training/first-plays-and-last-ratings.sql');
/** SQL that creates the table of labels: positive and negative examples. */
export const TRAINING_EXAMPLES = readSql('training/positive-and-negative-labels.sql');
/** Query for the labels with their features, joined point in time. */
export const LABELLED_FEATURES = readSql('training/labelled-features.sql');
export const INTERACTIONS = readSql('training/first-plays-with-ratings.sql');
export const EXPLORED_PLAYS = readSql('training/explored-plays.sql');

const EXPOSURES = readSql('training/known-slates.sql');
const NO_EXPOSURES =
  'CREATE OR REPLACE TEMP TABLE exposures (requestId VARCHAR, userId VARCHAR, shown VARCHAR[], explored VARCHAR[])';

/**
 * Creates the table of the slates that were known at the variable as_of.
 *
 * @param files SQL relation over the lake's files; undefined for an imported data set, which has no slates
 */
export async function loadExposures(database: Pick<DuckDb, 'run'>, files: string | undefined): Promise<void> {
  if (files) await database.run(`CREATE OR REPLACE TEMP VIEW exposure_records AS FROM ${files}`);
  await database.run(files ? EXPOSURES : NO_EXPOSURES);
}
