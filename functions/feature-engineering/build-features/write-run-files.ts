import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDb, openDuckDb, sqlText } from '#adapters/duckdb/open-duckdb.ts';
import { BrickError } from '#domain/core/brick-error.ts';
import type { ComputeLabelledFeatures } from '#domain/events/all-bricks-seam-types.ts';
import { EVENTS, EXPOSURES } from '#domain/events/event-log-topics.ts';
import { type RunSources, runFiles } from '#domain/models/pipeline-run-input-and-files.ts';
import type { Ports } from '#ports/index.ts';
import { checkedLakeFiles } from '../lake-relation.ts';
import { knownOffsets } from '../query-offset-ranges-known-at.ts';
import { loadKnown, splitTime, trainingSet } from '../training-set-query-and-split-time.ts';
import { TITLES_SNAPSHOT, USERS_SNAPSHOT } from '../views/load-change-tables.ts';
import { EXPLORED_PLAYS, INTERACTIONS, loadExposures } from '../views/training-queries.ts';
import { withTrainingSet } from '../views/use-learners-or-reference-training-set.ts';

/** `computeLabelledFeatures`: a learner's query for the training set @default - the reference query */
type RunPorts = Pick<Ports, 'lake'> & { readonly computeLabelledFeatures?: ComputeLabelledFeatures };

export interface BuiltFeatures {
  readonly runId: string;
  readonly asOf: number;
  readonly splitAt: number;
  readonly rows: Readonly<Record<'trainingSet' | 'interactions' | 'exploredPlays' | 'users' | 'titles', number>>;
}

export class NothingToLearn extends BrickError {
  override readonly code = 'BRICK_NOTHING_TO_LEARN';
  constructor(asOf: number) {
    super({
      what: `the lake contains no play that had arrived by ${new Date(asOf).toISOString()}`,
      why: 'no user has played a title yet, or the function archive has not copied the plays to the lake yet',
      fix: 'Simulate users or import a data set, then run the pipeline again',
    });
  }
}

interface BuildInput {
  readonly runId: string;
  /** The run uses the events that were known at this time, UTC epoch ms. */
  readonly asOf: number;
  /**
   * End of the champion's training data, UTC epoch ms. The test period does not begin before this time.
   *
   * @default - there is no champion
   */
  readonly championAsOf?: number;
}

/**
 * Builds all objects of a run (layers/domain/models/pipeline-run-input-and-files.ts). Running it again writes the same bytes.
 *
 * @throws NothingToLearn, DamagedParquet
 */
export async function buildRun(ports: RunPorts, { runId, asOf, championAsOf }: BuildInput): Promise<BuiltFeatures> {
  using database = await openDuckDb();
  const events = await checkedLakeFiles(ports.lake, EVENTS);
  if (!events) throw new NothingToLearn(asOf);
  await loadKnown(database, events, asOf);
  const exposures = await checkedLakeFiles(ports.lake, EXPOSURES);
  await loadExposures(database, exposures);
  const splitAt = await splitTime(database, championAsOf);
  if (splitAt === undefined) throw new NothingToLearn(asOf);
  const names = runFiles(runId);
  const write = (sql: string, key: string) => writeParquet(ports, database, sql, key);
  const rows = {
    trainingSet: await writeTrainingSet(ports, database, names.trainingSet),
    interactions: await write(INTERACTIONS, names.interactions),
    exploredPlays: await write(EXPLORED_PLAYS, names.exploredPlays),
    users: await write(USERS_SNAPSHOT, names.users),
    titles: await write(TITLES_SNAPSHOT, names.titles),
  };
  const sources: RunSources = { asOf, offsets: await knownOffsets(database, { events, exposures }, asOf) };
  await loadKnown(database, events, splitAt);
  await writeTrainingSet(ports, database, names.trainingSetAtSplit);
  await write(INTERACTIONS, names.interactionsAtSplit);
  await write(USERS_SNAPSHOT, names.usersAtSplit);
  await write(TITLES_SNAPSHOT, names.titlesAtSplit);
  await ports.lake.put(names.sources, Buffer.from(JSON.stringify(sources)));
  const meta = { asOf, splitAt, rows };
  await ports.lake.put(names.meta, Buffer.from(JSON.stringify(meta)));
  return { runId, ...meta };
}

/** Writes the training set of the labels. @returns the number of rows */
async function writeTrainingSet(ports: RunPorts, database: DuckDb, key: string): Promise<number> {
  const reference = await trainingSet(database);
  const write = (query: string) => writeParquet(ports, database, query, key);
  return await withTrainingSet(database, reference, ports.computeLabelledFeatures, write);
}

/** Writes the result of a query to the lake as a Parquet file. @returns the number of rows */
async function writeParquet({ lake }: RunPorts, database: DuckDb, sql: string, key: string): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'agentbricks-features-'));
  try {
    const path = join(folder, 'rows.parquet');
    const [copied] = await database.rows<{ Count: bigint }>(
      `COPY (${sql}) TO ${sqlText(path)} (FORMAT parquet, COMPRESSION zstd)`,
    );
    await lake.put(key, await readFile(path));
    return Number(copied?.Count ?? 0);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
