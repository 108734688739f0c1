import type { DuckDb } from '#adapters/duckdb/duckdb.ts';
import { TEST_SHARE } from '#domain/models/pipeline-run.ts';
import { CHANGE_TABLES, knownEvents, LABELLED_FEATURES } from './views/feature-changes.ts';
import { FIRST_PLAYS, LAST_RATINGS, labelsAsOf } from './views/training-examples.ts';

/** Makes the change tables of everything known at `asOf`; other queries of this brick stand on them. */
export async function loadKnown(database: Pick<DuckDb, 'run'>, files: string, asOf: number): Promise<void> {
  for (const sql of [...knownEvents(files, asOf), ...CHANGE_TABLES, FIRST_PLAYS, LAST_RATINGS]) await database.run(sql);
}

/**
 * Returns the query of the training set: labels joined to features point in time. A seam: the query is all it decides.
 *
 * Shape   one row per label: userId, titleId, occurredAt (ms), label, then FEATURE_NAMES
 * Order   occurredAt, userId, titleId: the same input gives the same bytes
 *
 * @param asOf the time that `loadKnown` was given
 */
export async function trainingSet(database: Pick<DuckDb, 'run'>, asOf: number): Promise<string> {
  await database.run(labelsAsOf(asOf));
  return LABELLED_FEATURES;
}

/**
 * Of the plays that are newer than the champion's data, the share that the test gets; the candidate learns from the others. Its lead
 * grows with the plays that it learns from, and the precision of the test with the square root of the plays in the test: (1 − x)√x is
 * greatest at a third.
 */
const FRESH_TEST_SHARE = 1 / 3;
/** With fewer plays that are newer than the champion's data, the champion cannot be tested. */
const LEAST_FRESH_PLAYS = 100;

/**
 * Returns the time at which the test begins, or undefined when nothing has been played. Usually TEST_SHARE of the first plays come after
 * it. The test must not contain plays that the champion learned from, and the candidate must know plays that the champion does not. So the
 * test begins later where the champion's data end later: after two thirds of the plays since then, if there are enough of them.
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
