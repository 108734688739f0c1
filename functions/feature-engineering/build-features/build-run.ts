import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDb, openDuckDb, sqlText } from '#adapters/duckdb.ts';
import { BrickError } from '#domain/errors.ts';
import { type RunSources, runFiles } from '#domain/pipeline.ts';
import { EVENTS, EXPOSURES } from '#domain/topics.ts';
import type { Ports } from '#ports/index.ts';
import { knownOffsets } from '../known-offsets.ts';
import { lakeFiles } from '../lake-files.ts';
import { loadKnown, splitTime, trainingSet } from '../training-set.ts';
import { titlesAsOf, usersAsOf } from '../views/changes.ts';
import { EXPLORED_PLAYS, INTERACTIONS, knownExposures, NO_EXPOSURES } from '../views/labels.ts';

type RunPorts = Pick<Ports, 'lake'>;

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
      what: `the lake holds no play that was known at ${new Date(asOf).toISOString()}`,
      why: 'nobody has watched anything yet, or the archiver has not run',
      fix: 'Let agents live or import a data set, then run the pipeline again',
    });
  }
}

/** Builds all objects of one run (layers/domain/pipeline.ts). Running it again writes the same. @throws NothingToLearn */
export async function buildRun(ports: RunPorts, runId: string, asOf: number): Promise<BuiltFeatures> {
  using database = await openDuckDb();
  const events = await lakeFiles(ports.lake, EVENTS);
  if (!events) throw new NothingToLearn(asOf);
  await loadKnown(database, events, asOf);
  const exposures = await lakeFiles(ports.lake, EXPOSURES);
  await database.run(exposures ? knownExposures(exposures, asOf) : NO_EXPOSURES);
  const splitAt = await splitTime(database);
  if (splitAt === undefined) throw new NothingToLearn(asOf);
  const names = runFiles(runId);
  const rows = {
    trainingSet: await writeParquet(ports, database, await trainingSet(database), names.trainingSet),
    interactions: await writeParquet(ports, database, INTERACTIONS, names.interactions),
    exploredPlays: await writeParquet(ports, database, EXPLORED_PLAYS, names.exploredPlays),
    users: await writeParquet(ports, database, usersAsOf(asOf), names.users),
    titles: await writeParquet(ports, database, titlesAsOf(asOf), names.titles),
  };
  await writeParquet(ports, database, usersAsOf(splitAt), names.usersAtSplit);
  await writeParquet(ports, database, titlesAsOf(splitAt), names.titlesAtSplit);
  const sources: RunSources = { asOf, offsets: await knownOffsets(database, { events, exposures }, asOf) };
  await ports.lake.put(names.sources, Buffer.from(JSON.stringify(sources)));
  const meta = { asOf, splitAt, rows };
  await ports.lake.put(names.meta, Buffer.from(JSON.stringify(meta)));
  return { runId, ...meta };
}

/** @returns how many rows were written */
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
