import { resolve } from 'node:path';
import { vi } from 'vitest';
import type { DuckDb } from '#adapters/duckdb/open-duckdb.ts';

const DUCKDB = resolve('layers/adapters/duckdb/open-duckdb.ts');
let executed: Promise<string[]> | undefined;

/** Returns every SQL statement that the feature jobs run: a run's training data, a refresh, and a parity check. */
export const executedSql = (): Promise<string[]> => {
  executed ??= record();
  return executed;
};

/** Runs the jobs on a small lake, with a database that records its statements. */
async function record(): Promise<string[]> {
  const statements: string[] = [];
  vi.resetModules();
  vi.doMock(DUCKDB, async (importOriginal) => {
    const original = await importOriginal<{ openDuckDb: () => Promise<DuckDb> }>();
    const openDuckDb = async (): Promise<DuckDb> => {
      const database = await original.openDuckDb();
      return {
        ...database,
        run: (sql) => {
          statements.push(sql);
          return database.run(sql);
        },
        rows: (sql) => {
          statements.push(sql);
          return database.rows(sql);
        },
        [Symbol.dispose]: () => database[Symbol.dispose](),
      };
    };
    return { ...original, openDuckDb };
  });
  try {
    await runJobs();
  } finally {
    vi.doUnmock(DUCKDB);
    vi.resetModules();
  }
  return statements;
}

/** Runs the feature jobs. Their modules are imported here, so that they use the recording database. */
async function runJobs(): Promise<void> {
  const { openWorld } = await import('../../support/open-test-system.ts');
  await using world = await openWorld();
  await world.titles();
  await world.play('ann', 't-0', 't-1');
  world.later();
  await world.runtime.invoke('build-features', { runId: 'run-1', asOf: world.clock.at });
  world.later();
  await world.runtime.invoke('refresh-online', {});
  await world.runtime.invoke('check-parity', {});
}
