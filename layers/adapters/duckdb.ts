import { tmpdir } from 'node:os';
import { DuckDBInstance } from '@duckdb/node-api';

/** An in-memory DuckDB and its one connection. */
export interface DuckDb extends Disposable {
  run(sql: string): Promise<void>;
  rows<Row>(sql: string): Promise<Row[]>;
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
    run: async (sql) => void (await connection.run(sql)),
    rows: async <Row>(sql: string) => (await connection.runAndReadAll(sql)).getRowObjectsJS() as Row[],
    [Symbol.dispose]: () => connection.closeSync(),
  };
}

/** A SQL text literal. */
export const sqlText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
