import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Confined, ResourceLimits } from '../../confinement/confined-program-types.ts';
import { type ConfinementLevel, confinementLevel } from '../../confinement/find-strongest-confinement.ts';
import { buildCode } from '../../confinement/run-esbuild-with-retry.ts';
import { startConfined } from '../../confinement/start-confined-program.ts';
import { collectQueryRun, type QueryRun, START_MS } from './collect-outcomes-from-query-process.ts';
import type { JobLimits, QueryJob } from './message-types.ts';

export interface QueryLimits extends ResourceLimits, JobLimits {
  /** Megabytes of JavaScript objects. */
  readonly heapMb: number;
}

export const QUERY_LIMITS: QueryLimits = {
  ...{ total: 9_000, query: 2_000, cpuSeconds: 12 },
  ...{ databaseMb: 200, heapMb: 128, residentMb: 700, dataMb: 2_048, processes: 1 },
  ...{ rows: 20_000, resultBytes: 16_000_000, printedBytes: 1_000_000 },
};

export interface QueryRequest {
  /** Text of the learner's file. */
  readonly sql: string;
  /** For each run of the query, the statements that create its tables. */
  readonly setups: readonly (readonly string[])[];
  /** Folder of files that the statements read. The query can read them, too. @default - none */
  readonly folder?: string;
}

/** Factor by which the time limits grow for the retry of a run that got too little processor time. */
const PATIENCE = 5;

/**
 * Runs a learner's query once per setup, on a DuckDB in a confined process: without files, network and extensions, with
 * a locked configuration, one thread, and limits of time, memory and output. It only reports what happened.
 *
 * A run that ended because the machine was busy is retried once, with longer limits. If `starved` is still true, the
 * query cannot be judged.
 *
 * @param level @default - the strongest confinement of this machine
 */
export async function runQuery(
  request: QueryRequest,
  limits: QueryLimits = QUERY_LIMITS,
  level: Promise<ConfinementLevel> = confinementLevel(),
): Promise<QueryRun> {
  const run = await runOnce(request, limits, limits, level);
  if (!run.starved) return run;
  const { query, total } = limits;
  const patient = { ...limits, query: query * PATIENCE, total: total * PATIENCE };
  return await runOnce(request, patient, limits, level);
}

async function runOnce(
  { sql, setups, folder }: QueryRequest,
  limits: QueryLimits,
  cpuLimits: QueryLimits,
  level: Promise<ConfinementLevel>,
): Promise<QueryRun> {
  const token = randomBytes(16).toString('hex');
  const { query, rows, databaseMb } = limits;
  const job: QueryJob = { token, duckdb: DUCKDB, sql, setups, folder, limits: { query, rows, databaseMb } };
  const confined = await startHarness(limits, level, folder);
  try {
    confined.stdin.end(JSON.stringify(job));
    return await collectQueryRun(confined, { token, runs: setups.length, limits, cpuLimits });
  } finally {
    confined.kill('stopped');
  }
}

const DUCKDB = createRequire(import.meta.url).resolve('@duckdb/node-api');

/** Returns the folders of DuckDB's packages that are installed on this machine. */
function duckdbFolders(): string[] {
  const bindings = createRequire(DUCKDB).resolve('@duckdb/node-bindings');
  const { platform, arch } = process;
  const native = ['', '-musl'].flatMap((libc) => {
    try {
      return [createRequire(bindings).resolve(`@duckdb/node-bindings-${platform}-${arch}${libc}/duckdb.node`)];
    } catch {
      return [];
    }
  });
  return [dirname(dirname(DUCKDB)), dirname(bindings), ...native.map(dirname)];
}

/** Node's permission model denies files, processes, workers and the inspector. DuckDB is an addon. */
const NODE_FLAGS: readonly string[] = [
  ...['--permission', '--allow-addons', '--disable-sigusr1', '--no-warnings', '--no-experimental-sqlite'],
  ...['--frozen-intrinsics', '--disallow-code-generation-from-strings', '--input-type=module'],
];

let harness: Promise<string> | undefined;

/** Starts Node with the program that runs the query. It sees only the files of DuckDB. */
async function startHarness(
  limits: QueryLimits,
  level: Promise<ConfinementLevel>,
  folder: string | undefined,
): Promise<Confined> {
  harness ??= bundleHarness();
  const packages = duckdbFolders();
  const readable = folder === undefined ? packages : [...packages, folder];
  const allowed = packages.map((folder) => `--allow-fs-read=${folder}`);
  const args = [...NODE_FLAGS, ...allowed, `--max-old-space-size=${limits.heapMb}`, '-e', await harness];
  // `collectQueryRun` counts `limits.total` from the moment DuckDB has started.
  const all = { ...limits, total: limits.total + START_MS };
  return await startConfined({ command: process.execPath, args, readable, limits: all, env: { TZ: 'UTC' } }, level);
}

async function bundleHarness(): Promise<string> {
  const { outputFiles } = await buildCode({
    entryPoints: [join(import.meta.dirname, 'inside/main.ts')],
    ...{ bundle: true, write: false, format: 'esm', platform: 'node', target: 'node24', logLevel: 'silent' },
  });
  return outputFiles[0]?.text ?? '';
}
