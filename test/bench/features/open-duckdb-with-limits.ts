import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { DuckDb } from '#adapters/duckdb/open-duckdb.ts';

export interface Engine extends Pick<DuckDb, 'run' | 'rows'>, Disposable {
  readonly connection: DuckDBConnection;
}

/**
 * Opens DuckDB with the benchmark's limits: 2 threads, 4 GB, and a temporary folder for data that do not fit into
 * memory.
 */
export async function openEngine(folder: string): Promise<Engine> {
  const spill = join(folder, 'spill');
  mkdirSync(spill, { recursive: true });
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '2',
    memory_limit: '4GB',
    temp_directory: spill,
    preserve_insertion_order: 'true',
  });
  const connection = await instance.connect();
  return {
    connection,
    run: async (sql) => void (await connection.run(sql)),
    rows: async <Row>(sql: string) => (await connection.runAndReadAll(sql)).getRowObjectsJS() as Row[],
    [Symbol.dispose]: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
