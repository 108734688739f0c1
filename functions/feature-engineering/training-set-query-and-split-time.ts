import type { DuckDb } from '#adapters/duckdb/open-duckdb.ts';
import { TEST_SHARE } from '#domain/models/pipeline-run-input-and-files.ts';
import { loadFeatureChanges } from './views/load-change-tables.ts';
import { FIRST_PLAYS, LABELLED_FEATURES, TRAINING_EXAMPLES } from './views/training-queries.ts';

/** Creates the tables that the queries of a run read, from all events that were known at `asOf` (UTC epoch ms). */
export async function loadKnown(database: Pick<DuckDb, 'run'>, files: string, asOf: number): Promise<void> {
  await loadFeatureChanges(database, files, asOf);
  await database.run(FIRST_PLAYS);
}

/**
 * Creates the table of labels, and returns the query of the training set: labels with their features, joined point in
 * time. It needs the tables of `loadKnown`.
 */
export async function trainingSet(database: Pick<DuckDb, 'run'>): Promise<string> {
  await database.run(TRAINING_EXAMPLES);
  return LABELLED_FEATURES;
}

/**
 * Share of the plays newer than the champion's data that the test gets; the candidate learns from the others. More such
 * plays in training increase the candidate's lead; the precision of the test grows with the square root of the plays in
 * it. For a test share x, (1 − x)√x is greatest at a third.
 */
const FRESH_TEST_SHARE = 1 / 3;
/** Minimum number of plays newer than the champion's data with which the champion can be tested. */
const LEAST_FRESH_PLAYS = 100;

/**
 * Returns the time at which the test begins (UTC epoch ms), or undefined if no title has been played. Usually the test
 * contains the last TEST_SHARE of the first plays. It must not contain plays that the champion learned from, and the
 * candidate must learn from plays that the champion does not know. If there are enough plays since the end of the
 * champion's data, the test therefore begins no earlier than after two thirds of them.
 *
 * @param championAsOf end of the champion's training data, UTC epoch ms
 */
export async function splitTime(database: Pick<DuckDb, 'rows'>, championAsOf = 0): Promise<number | undefined> {
  const fresh = `FILTER (WHERE occurredAt >= ${championAsOf})`;
  const [row] = await database.rows<{ usual: bigint | null; late: bigint | null; fresh: number }>(`
    SELECT quantile_disc(occurredAt, ${1 - TEST_SHARE}) AS usual, count(*) ${fresh}::INTEGER AS fresh,
      quantile_disc(occurredAt, ${1 - FRESH_TEST_SHARE}) ${fresh} AS late
    FROM first_plays`);
  if (row?.usual == null) return undefined;
  const testable = row.late !== null && row.fresh >= LEAST_FRESH_PLAYS;
  return Math.max(Number(row.usual), testable ? Number(row.late) : 0);
}
