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
import { BrickError } from '#domain/core/errors.ts';

/** An in-memory DuckDB and its one connection. */
export interface DuckDb extends Disposable {
  run(sql: string): Promise<void>;
  rows<Row>(sql: string): Promise<Row[]>;
  /** Appends `count` rows to a table, given as columns: a hundred times faster than by row. */
  append(table: string, count: number, columns: readonly Column[]): Promise<void>;
}

/** One column of numbers, or of lists of numbers: list `i` holds `counts[i]` values from `from[i]`; none is null. */
export type Column = Uint8Array | Uint32Array | Float32Array | Float64Array | ListColumn;
export interface ListColumn {
  readonly values: Uint32Array;
  readonly from: Uint32Array;
  readonly counts: Uint8Array;
}

const THREADS = '2';
const MEMORY = '2GB';

let shared: Promise<DuckDBInstance> | undefined;

/**
 * A connection of its own to this process's one in-memory database: opening an instance costs more than a small query.
 * Tables are temporary, so that connections do not meet.
 */
export async function openDuckDb(): Promise<DuckDb> {
  shared ??= DuckDBInstance.create(':memory:', {
    threads: THREADS,
    memory_limit: MEMORY,
    temp_directory: tmpdir(),
    preserve_insertion_order: 'true',
    // A file that is replaced within one tick of the clock would be read half old, half new.
    enable_external_file_cache: 'false',
  });
  const connection = await (await shared).connect();
  return {
    run: (sql) => named(async () => void (await connection.run(sql))),
    rows: <Row>(sql: string) =>
      named(async () => (await connection.runAndReadAll(sql)).getRowObjectsJS() as unknown[] as Row[]),
    append: (table, count, columns) => append(connection, table, count, columns),
    [Symbol.dispose]: () => connection.closeSync(),
  };
}

/** A Parquet file is torn, or something else lies in its place. */
export class DamagedParquet extends BrickError {
  override readonly code = 'BRICK_DAMAGED_PARQUET';
  constructor(path: string, cause: Error) {
    super(
      {
        what: `${path} cannot be read`,
        why: `it is no whole Parquet file: ${cause.message.split('\n')[0]}`,
        fix: '`agentbricks lake verify` names every damaged file; `agentbricks lake replay` writes its day again from the log',
      },
      { cause },
    );
  }
}

/** DuckDB's errors that say which Parquet file is at fault, in our form. @throws DamagedParquet */
async function named<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const path = /(?:magic bytes|too small|corrupt|metadata|footer)[^']*'(.+?\.parquet)'/i.exec(String(error))?.[1];
    throw path ? new DamagedParquet(path, error as Error) : error;
  }
}

/** Rows of one of DuckDB's vectors. */
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

/** A SQL text literal. */
export const sqlText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
