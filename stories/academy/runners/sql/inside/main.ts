/**
 * Runs a learner's query and reports each result, without evaluating it. run-query.ts starts this program in a confined
 * process.
 */
import { readFileSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { DuckDBConnection } from '@duckdb/node-api';
import { RESULTS_FD } from '../../../confinement/confined-program-types.ts';
import type { QueryJob, QueryMessage, QueryReported } from '../message-types.ts';
import { inspectStatement, queryError } from './require-one-select.ts';

const job = JSON.parse(readFileSync(0, 'utf8')) as QueryJob;
const duckdb = createRequire(job.duckdb)(job.duckdb) as typeof import('@duckdb/node-api');

function send(message: QueryMessage): void {
  const bytes = Buffer.from(`${job.token} ${JSON.stringify(message)}\n`);
  for (let from = 0; from < bytes.length; ) from += writeSync(RESULTS_FD, bytes, from);
}

const settings = ({ limits: { databaseMb } }: QueryJob): Record<string, string> => ({
  ...{ threads: '1', memory_limit: `${databaseMb}MB`, temp_directory: '', allow_community_extensions: 'false' },
  ...{ autoinstall_known_extensions: 'false', autoload_known_extensions: 'false' },
  // Only errors as JSON contain the position.
  errors_as_json: 'true',
});

/**
 * Statements that take away files and network, and then lock all settings. They run before the learner's query is
 * parsed. The allowed folders must be set after DuckDB was opened, and before external access is switched off.
 */
const lock = ({ folder }: QueryJob): string[] => [
  ...(folder === undefined ? [] : [`SET allowed_directories = ['${folder.replaceAll("'", "''")}']`]),
  'SET enable_external_access = false',
  'SET lock_configuration = true',
];

async function serve(): Promise<void> {
  const inspected = await withDatabase((connection) => {
    send({ kind: 'started' });
    return inspectStatement(connection, job.sql);
  });
  send(inspected);
  if (inspected.kind === 'rejected') return;
  for (const [index, setup] of job.setups.entries()) {
    const result = await withDatabase((connection) => prepareAndRun(connection, setup));
    if (index === 0 && result.kind === 'outcome' && result.outcome.kind === 'too-many-rows')
      return send(result.outcome);
    send(result);
    if (result.kind !== 'outcome') return;
  }
  send({ kind: 'done' });
}

/**
 * Opens a new database: a SELECT can change one in spite of the locked configuration, for instance with the table
 * function enable_logging().
 */
async function withDatabase<Result>(work: (connection: DuckDBConnection) => Promise<Result>): Promise<Result> {
  const instance = await duckdb.DuckDBInstance.create(':memory:', settings(job));
  const connection = await instance.connect();
  try {
    for (const statement of lock(job)) await connection.run(statement);
    return await work(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function prepareAndRun(connection: DuckDBConnection, setup: readonly string[]): Promise<QueryMessage> {
  try {
    for (const statement of setup) await connection.run(statement);
  } catch (error) {
    return { kind: 'broken-setup', message: String(error) };
  }
  return await runWithLimit(connection);
}

/** Runs the query. If it takes too long, this reports the hang, and the process is killed from outside. */
async function runWithLimit(connection: DuckDBConnection): Promise<QueryMessage> {
  const { query: milliseconds } = job.limits;
  const before = cpuMs();
  const late = setTimeout(() => {
    send({ kind: 'hang', milliseconds, cpuMs: cpuMs() - before });
    connection.interrupt();
  }, milliseconds);
  const outcome = await rowsOf(connection).catch(
    (error): QueryReported => ({ kind: 'error', error: queryError(error) }),
  );
  clearTimeout(late);
  return { kind: 'outcome', outcome, totalCpuMs: cpuMs() };
}

/** Returns the processor time of this process so far, in milliseconds. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

async function rowsOf(connection: DuckDBConnection): Promise<QueryReported> {
  const { rows: limit } = job.limits;
  const result = await connection.stream(job.sql);
  const names = result.columnNames();
  const columns = result.columnTypes().map((type, index) => ({ name: names[index] ?? '', type: String(type) }));
  const rows: unknown[][] = [];
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    rows.push(...chunk.convertRows(duckdb.JsonDuckDBValueConverter));
    if (rows.length > limit) return { kind: 'too-many-rows', limit };
  }
  return { kind: 'rows', columns, rows };
}

await serve();
process.exit(0);
