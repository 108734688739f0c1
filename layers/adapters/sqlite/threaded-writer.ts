import { once } from 'node:events';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { asStorageError, inTransaction, pathOf, storageErrors } from './sqlite.ts';

/** One statement, run once for each row of values. */
export interface Write {
  readonly sql: string;
  readonly rows: readonly (readonly SQLInputValue[])[];
}

/** Writes to one SQLite file. */
export interface SqliteWriter extends AsyncDisposable {
  /** All of them in one transaction; durable when it resolves. @throws StorageFull */
  write(writes: readonly Write[]): Promise<void>;
}

/** What the thread answers. */
export interface Written {
  readonly failure?: { readonly message: string; readonly errcode?: number };
}

/** In this thread, on the connection that is open: for databases in memory, which no other thread can see. */
export function inlineWriter(database: DatabaseSync): SqliteWriter {
  return {
    write: async (writes) =>
      storageErrors(() => inTransaction(database, () => runAll(database, writes)), pathOf(database)),
    [Symbol.asyncDispose]: async () => {},
  };
}

export function runAll(database: DatabaseSync, writes: readonly Write[]): void {
  for (const { sql, rows } of writes) {
    const statement = prepared(database, sql);
    for (const row of rows) statement.run(...row);
  }
}

const statements = new WeakMap<DatabaseSync, Map<string, StatementSync>>();

/** The same few statements are run again and again. */
function prepared(database: DatabaseSync, sql: string): StatementSync {
  const known = statements.get(database) ?? new Map<string, StatementSync>();
  statements.set(database, known);
  const statement = known.get(sql) ?? database.prepare(sql);
  known.set(sql, statement);
  return statement;
}

/**
 * In a thread of its own, so that this one goes on while the disk makes a commit durable: where an fsync takes a
 * millisecond, that is most of a request's time. Started with the first write; keeps no process alive unless it writes.
 */
export function threadedWriter(path: string): SqliteWriter {
  let thread: WriterThread | undefined;
  return {
    write: (writes) => {
      thread ??= startThread(path);
      return thread.write(writes);
    },
    [Symbol.asyncDispose]: async () => thread?.end(),
  };
}

type WriterThread = ReturnType<typeof startThread>;

function startThread(path: string) {
  const worker = new Worker(new URL('./writer-thread.ts', import.meta.url), { workerData: path });
  /** In the order in which the thread was asked, which is the order of its answers. */
  const asked: PromiseWithResolvers<void>[] = [];
  const fail = (error: unknown) => {
    for (const { reject } of asked.splice(0)) reject(error);
  };
  worker.on('message', ({ failure }: Written) => {
    const { resolve, reject } = asked.shift() as PromiseWithResolvers<void>;
    if (asked.length === 0) worker.unref();
    if (failure) reject(asStorageError(Object.assign(new Error(failure.message), failure), path));
    else resolve();
  });
  worker.on('error', fail);
  worker.on('exit', () => fail(new Error(`the thread that writes ${path} has ended`)));
  return {
    write: (writes: readonly Write[]): Promise<void> => {
      const answer = Promise.withResolvers<void>();
      asked.push(answer);
      worker.ref();
      worker.postMessage(writes);
      return answer.promise;
    },
    end: async (): Promise<void> => {
      const gone = once(worker, 'exit');
      worker.ref();
      worker.postMessage(null);
      await gone;
    },
  };
}
