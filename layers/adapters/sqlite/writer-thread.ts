import type { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { BrickError } from '#domain/core/brick-error.ts';
import { runAll, type Write, type WriteResult } from './inline-and-threaded-writers.ts';
import { inTransaction, openSqlite } from './open-sqlite-with-storage-errors.ts';

/** Database of the thread that `threadedWriter` starts. Each message is one transaction; null ends the thread. */
let database: DatabaseSync | undefined;

parentPort?.on('message', (writes: readonly Write[] | null) => {
  if (writes === null) {
    database?.close();
    parentPort?.close();
    return;
  }
  parentPort?.postMessage(write(writes));
});

function write(writes: readonly Write[]): WriteResult {
  try {
    // Opened by the first write, so that a file that cannot be opened fails this write and not the thread.
    const opened = database ?? openSqlite(workerData as string);
    database = opened;
    inTransaction(opened, () => runAll(opened, writes));
    return {};
  } catch (error) {
    // The other thread converts SQLite's errors, because messages between threads lose the class of an error.
    const { message, errcode } = (error instanceof BrickError ? error.cause : error) as Error & { errcode?: number };
    return { failure: { message, ...(errcode === undefined ? {} : { errcode }) } };
  }
}
