import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { sqlText } from '#adapters/duckdb/open-duckdb.ts';
import { parquetRows } from '#adapters/duckdb/sql-relations-over-files.ts';
import { FEATURE_VIEWS } from '#domain/features/feature-views.ts';
import { TRAINING_EXAMPLES } from '../../../functions/feature-engineering/views/training-queries.ts';
import type { Engine } from './open-duckdb-with-limits.ts';

/** Measurements of one point-in-time join. */
export interface Joined {
  readonly seconds: number;
  readonly rows: number;
  /** Sum of the joined plays, to verify that all joins agree. */
  readonly checksum: number;
}

export interface JoinData {
  readonly labels: string;
  readonly features: string;
  readonly labelRows: number;
  readonly featureRows: number;
}

const FEATURES = ['plays7d', 'playsTotal', 'stars', 'ratings'];
const AT = 'event_timestamp';
const MS = 1_000;

/**
 * Writes the rows of the feature view `user` and a sample of labels as Parquet, the input of our join and of the
 * baselines. It needs the tables of `loadKnown`. There is one row per user and time, because the baselines support no
 * more.
 */
export async function writeJoinData(engine: Engine, folder: string, labelRows: number): Promise<JoinData> {
  const [labels, features] = [join(folder, 'labels.parquet'), join(folder, 'features.parquet')];
  const values = FEATURES.map((name) => `any_value(${name})::DOUBLE AS ${name}`).join(', ');
  await engine.run(`COPY (SELECT userNo AS userId, make_timestamptz(since * 1000) AS ${AT}, ${values}
    FROM ${FEATURE_VIEWS.user.table} GROUP BY userNo, since ORDER BY since, userNo) TO ${sqlText(features)} (FORMAT parquet)`);
  await engine.run(TRAINING_EXAMPLES);
  await engine.run(`COPY (SELECT userNo AS userId, titleNo AS titleId, make_timestamptz(occurredAt * 1000) AS ${AT}
    FROM labels ORDER BY hash(occurredAt), userNo, titleNo LIMIT ${labelRows}) TO ${sqlText(labels)} (FORMAT parquet)`);
  const count = async (file: string) =>
    Number((await engine.rows<{ n: bigint }>(`SELECT count(*) AS n FROM ${parquetRows([file])}`))[0]?.n);
  return { labels, features, labelRows: await count(labels), featureRows: await count(features) };
}

/** Runs our join on these files: the query LABELLED_FEATURES with one view instead of all. */
export async function joinOurs(engine: Engine, { labels, features }: JoinData): Promise<Joined> {
  const columns = FEATURES.map((name) => `u.${name}`).join(', ');
  const began = performance.now();
  await engine.run(`CREATE OR REPLACE TEMP TABLE joined AS SELECT l.*, ${columns}
    FROM ${parquetRows([labels])} l ASOF LEFT JOIN ${parquetRows([features])} u ON l.userId = u.userId AND l.${AT} >= u.${AT}`);
  const seconds = (performance.now() - began) / MS;
  const [row] = await engine.rows<{ n: bigint; plays: number }>(
    'SELECT count(*) AS n, sum(playsTotal) AS plays FROM joined',
  );
  return { seconds, rows: Number(row?.n), checksum: row?.plays ?? 0 };
}

export type BaselineName = 'pandas' | 'feast-default' | 'feast-duckdb';

export interface Baselines extends AsyncDisposable {
  join(peer: BaselineName): Promise<Joined>;
}

/** Starts the baselines' process (join_with_feast_or_pandas.py), and waits until it has imported all its modules. */
export async function startBaselines(python: string, { labels, features }: JoinData): Promise<Baselines> {
  const script = join(import.meta.dirname, 'join_with_feast_or_pandas.py');
  const child = spawn(python, ['-W', 'ignore', script, labels, features], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await answers.next();
    if (done) throw new Error('the baselines’ process ended early');
    return JSON.parse(value) as Joined;
  };
  await next();
  return {
    join: (peer) => {
      child.stdin.write(`${peer}\n`);
      return next();
    },
    [Symbol.asyncDispose]: () => ended(child),
  };
}

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    child.once('close', () => resolve());
    child.stdin?.end();
  });
