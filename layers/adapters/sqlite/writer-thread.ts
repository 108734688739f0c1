import { parentPort, workerData } from 'node:worker_threads';
import { inTransaction, openSqlite } from './sqlite.ts';
import { runAll, type Write, type Written } from './threaded-writer.ts';

/** The thread of `threadedWriter`: one transaction per message; null ends it. */
const database = openSqlite(workerData as string);

parentPort?.on('message', (writes: readonly Write[] | null) => {
  if (writes === null) {
    database.close();
    parentPort?.close();
    return;
  }
  parentPort?.postMessage(written(writes));
});

function written(writes: readonly Write[]): Written {
  try {
    inTransaction(database, () => runAll(database, writes));
    return {};
  } catch (error) {
    const { message, errcode } = error as Error & { errcode?: number };
    return { failure: { message, ...(errcode === undefined ? {} : { errcode }) } };
  }
}
