import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqlText } from '#adapters/duckdb/open-duckdb.ts';
import { parquetRows } from '#adapters/duckdb/sql-relations-over-files.ts';
import { loadKnown, trainingSet } from '../../../functions/feature-engineering/training-set-query-and-split-time.ts';
import { pythonEnvironment } from '../../../localstack/servers/create-peer-virtualenv.ts';
import {
  atLeast,
  atMost,
  type Figure,
  figure,
  type Group,
  interleaved,
  progress,
  ratioAtMost,
} from '../harness/figures-and-interleaved-rounds.ts';
import { EVERYTHING_KNOWN, generateLake } from './generate-lake.ts';
import {
  type BaselineName,
  type JoinData,
  type Joined,
  joinOurs,
  startBaselines,
  writeJoinData,
} from './join-ours-and-feast-and-pandas.ts';
import { type Engine, openEngine } from './open-duckdb-with-limits.ts';
import { pointReads } from './point-reads.ts';

const MILLION = 1_000_000;
const ROUNDS = 3;
const LABELS = 100_000;
const MS = 1_000;

export interface Size {
  readonly name: string;
  readonly events: number;
  readonly rounds: number;
  readonly atMostSeconds?: number;
}

const SIZES: readonly Size[] = [
  { name: '1m', events: MILLION, rounds: ROUNDS, atMostSeconds: 5 },
  { name: '10m', events: 10 * MILLION, rounds: ROUNDS, atMostSeconds: 60 },
];
const QUICK: readonly Size[] = [{ name: '1m', events: MILLION / 10, rounds: 1 }];

/** Measures brick 02 with DuckDB limited to 2 threads and 4 GB of memory. */
export const bench: Group = async function* ({ quick }) {
  const folder = mkdtempSync(join(tmpdir(), 'agentbricks-bench-features-'));
  try {
    yield* pointReads(folder, quick);
    const [small, ...more] = quick ? QUICK : SIZES;
    if (small) yield* trainingSets(folder, small, (engine, files) => joins(engine, folder, files, quick));
    for (const size of more) yield* trainingSets(folder, size);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/**
 * Measures the path from lake to training set: known events, all feature views with their windows, labels, and the
 * point-in-time join, written as Parquet.
 */
export async function* trainingSets(
  folder: string,
  { name, events, rounds, atMostSeconds }: Size,
  then?: (engine: Engine, files: string) => AsyncIterable<Figure>,
): AsyncIterable<Figure> {
  progress(`generating a lake of ${events} events`);
  using engine = await openEngine(folder);
  const lake = join(folder, `lake-${name}`);
  const files = await generateLake(engine.connection, lake, events);
  const out = join(folder, 'training-set.parquet');
  const { made } = await interleaved(rounds, {
    made: async () => {
      using fresh = await openEngine(folder);
      const began = performance.now();
      await loadKnown(fresh, files, EVERYTHING_KNOWN);
      await fresh.run(`COPY (${await trainingSet(fresh)}) TO ${sqlText(out)} (FORMAT parquet, COMPRESSION zstd)`);
      return (performance.now() - began) / MS;
    },
  });
  const target = atMostSeconds === undefined ? undefined : atMost(atMostSeconds);
  yield figure({ bench: `features.training-set-${name}`, unit: 's', rounds: made, target });
  const [counted] = await engine.rows<{ n: bigint }>(`SELECT count(*) AS n FROM ${parquetRows([out])}`);
  yield figure({ bench: `features.training-set-${name}-rows`, unit: 'rows', rounds: [Number(counted?.n)] });
  if (then) yield* then(engine, files);
  if (existsSync(lake)) rmSync(lake, { recursive: true });
}

/**
 * Measures the point-in-time join of one feature view to the same labels, by our code and by the baselines. Each runs
 * its first join in a new process that has imported and registered everything, as in a job. The fastest baseline and
 * our code also repeat the join.
 */
async function* joins(engine: Engine, folder: string, files: string, quick: boolean): AsyncIterable<Figure> {
  await loadKnown(engine, files, EVERYTHING_KNOWN);
  const data = await writeJoinData(engine, folder, LABELS);
  progress(`joining ${data.labelRows} labels to ${data.featureRows} feature rows`);
  const python = await pythonEnvironment('features', join(import.meta.dirname, 'requirements.txt'));
  const rounds = quick ? 1 : ROUNDS;
  const firstOf = async (peer: BaselineName) => {
    await using baselines = await startBaselines(python, data);
    return await baselines.join(peer);
  };
  const first = await interleaved(rounds, {
    ours: async () => {
      using fresh = await openEngine(folder);
      return await joinOurs(fresh, data);
    },
    pandas: () => firstOf('pandas'),
    'feast-default': () => firstOf('feast-default'),
    'feast-duckdb': () => firstOf('feast-duckdb'),
  });
  yield* joinFigures(data, first);
  await using baselines = await startBaselines(python, data);
  const again = await interleaved(rounds + 2, {
    ours: () => joinOurs(engine, data),
    'feast-duckdb': () => baselines.join('feast-duckdb'),
  });
  yield withBaseline('features.join-feast-duckdb-again', again.ours, 'Feast, DuckDB store', again['feast-duckdb']);
}

const SLOWER_DEFAULT = 20;
const SLOWER_DUCKDB = 10;
const secondsOf = (results: readonly Joined[]) => results.map(({ seconds }) => seconds);
const rowsOf = (results: readonly Joined[]) => results.map(({ rows }) => rows);

const withBaseline = (
  bench: string,
  ours: readonly Joined[],
  name: string,
  peer: readonly Joined[],
  target?: ReturnType<typeof ratioAtMost>,
) => figure({ bench, unit: 's', rounds: secondsOf(ours), peer: { name, rounds: secondsOf(peer) }, target });

function* joinFigures(
  { labelRows }: JoinData,
  results: Readonly<Record<'ours' | 'pandas' | 'feast-default' | 'feast-duckdb', readonly Joined[]>>,
): Iterable<Figure> {
  const { ours, pandas, 'feast-default': feast, 'feast-duckdb': feastDuckDb } = results;
  if (ours[0]?.checksum !== pandas[0]?.checksum) throw new Error('our join and that of pandas differ');
  yield withBaseline('features.join-pandas', ours, 'pandas merge_asof', pandas);
  yield withBaseline('features.join-feast', ours, 'Feast, default store', feast, ratioAtMost(1 / SLOWER_DEFAULT));
  yield withBaseline(
    'features.join-feast-duckdb',
    ours,
    'Feast, DuckDB store',
    feastDuckDb,
    ratioAtMost(1 / SLOWER_DUCKDB),
  );
  const rows = { unit: 'rows', rounds: rowsOf(ours) };
  yield figure({
    ...rows,
    bench: 'features.join-rows-kept',
    peer: { name: 'Feast, default store', rounds: rowsOf(feast) },
    target: atLeast(labelRows),
  });
  yield figure({
    ...rows,
    bench: 'features.join-rows-kept-duckdb',
    peer: { name: 'Feast, DuckDB store', rounds: rowsOf(feastDuckDb) },
    target: atLeast(labelRows),
  });
}
