import { parentPort, workerData } from 'node:worker_threads';
import { inTransaction, openSqlite } from './sqlite.ts';
import { runAll, type Write, type WriteResult } from './threaded-writer.ts';

/** Database of the thread that `threadedWriter` starts. Each message is one transaction; null ends the thread. */
const database = openSqlite(workerData as string);

parentPort?.on('message', (writes: readonly Write[] | null) => {
  if (writes === null) {
    database.close();
    parentPort?.close();
    return;
  }
  parentPort?.postMessage(write(writes));
});

function write(writes: readonly Write[]): WriteResult {
  try {
    inTransaction(database, () => runAll(database, writes));
    return {};
  } catch (error) {
    const { message, errcode } = error as Error & { errcode?: number };
    return { failure: { message, ...(errcode === undefined ? {} : { errcode }) } };
  }
}
