import type { DuckDb } from '#adapters/duckdb.ts';
import { TEST_SHARE } from '#domain/pipeline.ts';
import { CHANGE_TABLES, knownEvents, LABELLED_FEATURES } from './views/changes.ts';
import { FIRST_PLAYS, LABELS, LAST_RATINGS } from './views/labels.ts';

/** Makes the change tables of everything known at `asOf`; other queries of this brick stand on them. */
export async function loadKnown(database: Pick<DuckDb, 'run'>, files: string, asOf: number): Promise<void> {
  for (const sql of [...knownEvents(files, asOf), ...CHANGE_TABLES, FIRST_PLAYS, LAST_RATINGS]) await database.run(sql);
}

/**
 * The training set: labels joined to features point in time. A seam: the query is all it decides.
 *
 * Shape   one row per label: userId, titleId, occurredAt (ms), label, weight, then FEATURE_NAMES
 * Order   occurredAt, userId, titleId: the same input gives the same bytes
 */
export async function trainingSet(database: Pick<DuckDb, 'run'>): Promise<string> {
  await database.run(LABELS);
  return LABELLED_FEATURES;
}

/** The time before which (1 − TEST_SHARE) of the first plays lie, or undefined when there are none. */
export async function splitTime(database: DuckDb): Promise<number | undefined> {
  const sql = `SELECT quantile_disc(occurredAt, ${1 - TEST_SHARE}) AS at FROM first_plays`;
  const [row] = await database.rows<{ at: bigint | null }>(sql);
  return row?.at == null ? undefined : Number(row.at);
}
