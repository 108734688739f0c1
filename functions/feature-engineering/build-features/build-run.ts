import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDb, openDuckDb, sqlText } from '#adapters/duckdb.ts';
import { BrickError } from '#domain/errors.ts';
import { runFiles } from '#domain/pipeline.ts';
import { EVENTS } from '#domain/topics.ts';
import type { Ports } from '#ports/index.ts';
import { loadKnown, splitTime, trainingSet } from '../training-set.ts';
import { titlesAsOf, usersAsOf } from '../views/changes.ts';
import { INTERACTIONS } from '../views/labels.ts';
import { materialise } from './materialise.ts';

type RunPorts = Pick<Ports, 'lake' | 'features'>;

export interface BuiltFeatures {
  readonly runId: string;
  readonly asOf: number;
  readonly splitAt: number;
  readonly rows: Readonly<Record<'trainingSet' | 'interactions' | 'users' | 'titles', number>>;
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
  const files = await lakeFiles(ports, asOf);
  await loadKnown(database, files, asOf);
  const splitAt = await splitTime(database);
  if (splitAt === undefined) throw new NothingToLearn(asOf);
  const names = runFiles(runId);
  const rows = {
    trainingSet: await writeParquet(ports, database, await trainingSet(database), names.trainingSet),
    interactions: await writeParquet(ports, database, INTERACTIONS, names.interactions),
    users: await writeParquet(ports, database, usersAsOf(asOf), names.users),
    titles: await writeParquet(ports, database, titlesAsOf(asOf), names.titles),
  };
  await writeParquet(ports, database, usersAsOf(splitAt), names.usersAtSplit);
  await writeParquet(ports, database, titlesAsOf(splitAt), names.titlesAtSplit);
  const meta = { asOf, splitAt, rows };
  await ports.lake.put(names.meta, Buffer.from(JSON.stringify(meta)));
  await materialise(database, ports.features, asOf);
  return { runId, ...meta };
}

async function lakeFiles({ lake }: RunPorts, asOf: number): Promise<string> {
  const found = await lake.list(`lake/${EVENTS}/`);
  if (found.length === 0) throw new NothingToLearn(asOf);
  return `[${found.map(({ key }) => sqlText(lake.uri(key))).join(', ')}]`;
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
