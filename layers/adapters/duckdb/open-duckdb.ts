import { tmpdir } from 'node:os';
import {
  DOUBLE,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  FLOAT,
  LIST,
  listValue,
  UINTEGER,
  UTINYINT,
} from '@duckdb/node-api';
import { BrickError } from '#domain/core/brick-error.ts';

/** A connection to an in-memory DuckDB. */
export interface DuckDb extends Disposable {
  /** Runs a statement. @throws DamagedParquet, QueriesInterrupted */
  run(sql: string): Promise<void>;
  /** Returns the rows of a query. @throws DamagedParquet, QueriesInterrupted */
  rows<Row>(sql: string): Promise<Row[]>;
  /**
   * Appends `count` rows to a table, given as columns. It is about a hundred times faster than appending row by row.
   */
  append(table: string, count: number, columns: readonly Column[]): Promise<void>;
}

/**
 * A column of numbers or of lists of numbers. List `i` has `counts[i]` values from index `from[i]`; an empty list is
 * null.
 */
export type Column = Uint8Array | Uint32Array | Float32Array | Float64Array | ListColumn;
export interface ListColumn {
  readonly values: Uint32Array;
  readonly from: Uint32Array;
  readonly counts: Uint8Array;
}

const THREADS = '2';
const MEMORY = '2GB';

let shared: Promise<DuckDBInstance> | undefined;
/** Open connections, and those whose queries were interrupted. */
const connections = new Set<DuckDBConnection>();
const interrupted = new WeakSet<DuckDBConnection>();

/** The work was stopped, for instance by Ctrl-C. */
export class QueriesInterrupted extends BrickError {
  override readonly code = 'BRICK_QUERIES_INTERRUPTED';
  constructor() {
    super({
      what: 'a query of DuckDB was interrupted',
      why: 'the work that it belongs to was stopped',
      fix: 'Run the command again',
    });
  }
}

/** Ends the running queries of all open connections. These connections reject further queries. */
export function interruptQueries(): void {
  for (const connection of connections) {
    interrupted.add(connection);
    connection.interrupt();
  }
}

/**
 * Opens a connection to the in-memory database of this process. All connections share one instance, because opening an
 * instance takes longer than a small query. Use temporary tables only: other connections cannot see them.
 */
export async function openDuckDb(): Promise<DuckDb> {
  shared ??= DuckDBInstance.create(':memory:', {
    threads: THREADS,
    memory_limit: MEMORY,
    temp_directory: tmpdir(),
    preserve_insertion_order: 'true',
    // With the cache, a file that is replaced within one tick of the clock would be read as a mix of old and new bytes.
    enable_external_file_cache: 'false',
  });
  const connection = await (await shared).connect();
  connections.add(connection);
  const query = <Result>(work: () => Promise<Result>) => mapErrors(connection, work);
  return {
    run: (sql) => query(async () => void (await connection.run(sql))),
    rows: <Row>(sql: string) =>
      query(async () => (await connection.runAndReadAll(sql)).getRowObjectsJS() as unknown[] as Row[]),
    append: (table, count, columns) => query(() => append(connection, table, count, columns)),
    [Symbol.dispose]: () => {
      connections.delete(connection);
      connection.closeSync();
    },
  };
}

/** A file is not a complete Parquet file. */
export class DamagedParquet extends BrickError {
  override readonly code = 'BRICK_DAMAGED_PARQUET';
  constructor(path: string, cause: Error) {
    super(
      {
        what: `${path} cannot be read`,
        why: `it is not a complete Parquet file (${cause.message.split('\n')[0]})`,
        fix: 'Run `agentbricks lake verify` to list all damaged files, and `agentbricks lake replay` to rebuild their days from the log',
      },
      { cause },
    );
  }
}

/**
 * Converts DuckDB's errors about a damaged Parquet file and about an interruption.
 *
 * @throws DamagedParquet, QueriesInterrupted, or any other error unchanged
 */
async function mapErrors<Result>(connection: DuckDBConnection, work: () => Promise<Result>): Promise<Result> {
  if (interrupted.has(connection)) throw new QueriesInterrupted();
  try {
    return await work();
  } catch (error) {
    if (interrupted.has(connection)) throw new QueriesInterrupted();
    const path = /(?:magic bytes|too small|corrupt|metadata|footer)[^']*'(.+?\.parquet)'/i.exec(String(error))?.[1];
    throw path ? new DamagedParquet(path, error as Error) : error;
  }
}

/** Rows per vector in DuckDB. */
const VECTOR = 2_048;

async function append(connection: DuckDBConnection, table: string, count: number, columns: readonly Column[]) {
  const appender = await connection.createAppender(table);
  const types = columns.map(typeOf);
  for (let from = 0; from < count; from += VECTOR) {
    const to = Math.min(count, from + VECTOR);
    const chunk = DuckDBDataChunk.create(types, to - from);
    for (const [i, column] of columns.entries()) chunk.setColumnValues(i, valuesOf(column, from, to));
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}

function typeOf(column: Column) {
  if (!ArrayBuffer.isView(column)) return LIST(UINTEGER);
  if (column instanceof Uint8Array) return UTINYINT;
  if (column instanceof Uint32Array) return UINTEGER;
  return column instanceof Float32Array ? FLOAT : DOUBLE;
}

function valuesOf(column: Column, from: number, to: number) {
  if (ArrayBuffer.isView(column)) return Array.from(column.subarray(from, to));
  return Array.from({ length: to - from }, (_, i) => {
    const [first, count] = [column.from[from + i] ?? 0, column.counts[from + i] ?? 0];
    return count === 0 ? null : listValue(Array.from(column.values.subarray(first, first + count)));
  });
}

/** Returns a SQL string literal. */
export const sqlText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
