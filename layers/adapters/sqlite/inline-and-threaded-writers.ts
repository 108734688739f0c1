import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { asStorageError, inTransaction, pathOf, withStorageErrors } from './open-sqlite-with-storage-errors.ts';

/** A statement that runs once for each row of values. */
export interface Write {
  readonly sql: string;
  readonly rows: readonly (readonly SQLInputValue[])[];
}

/** Writes to one SQLite file. */
export interface SqliteWriter extends AsyncDisposable {
  /**
   * Runs all statements in one transaction. The transaction is durable when the call resolves.
   *
   * @throws StorageFull, StorageDamaged
   */
  write(writes: readonly Write[]): Promise<void>;
}

/** Response of the writer thread to one transaction. */
export interface WriteResult {
  readonly failure?: { readonly message: string; readonly errcode?: number };
}

/**
 * Returns a writer that uses this thread and an open connection, for in-memory databases, which other threads cannot
 * open.
 */
export function inlineWriter(database: DatabaseSync): SqliteWriter {
  return {
    write: async (writes) =>
      withStorageErrors(() => inTransaction(database, () => runAll(database, writes)), pathOf(database)),
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

/** Returns a prepared statement from a cache: the same few statements run again and again. */
function prepared(database: DatabaseSync, sql: string): StatementSync {
  const cached = statements.get(database) ?? new Map<string, StatementSync>();
  statements.set(database, cached);
  const statement = cached.get(sql) ?? database.prepare(sql);
  cached.set(sql, statement);
  return statement;
}

/**
 * Returns a writer that uses a separate thread, so that this thread continues while the disk makes a commit durable: an
 * fsync can take most of a request's time. The thread starts with the first write and keeps the process alive only
 * while it writes. If it ends early, its pending writes fail, and the next write starts a new thread.
 */
export function threadedWriter(path: string): SqliteWriter {
  let thread: WriterThread | undefined;
  let closed = false;
  return {
    write: async (writes) => {
      if (closed) throw new Error(`the writer of ${path} is closed`);
      if (!thread || thread.hasEnded()) thread = startThread(path);
      return thread.write(writes);
    },
    [Symbol.asyncDispose]: async () => {
      closed = true;
      await thread?.end();
    },
  };
}

type WriterThread = ReturnType<typeof startThread>;

function startThread(path: string) {
  const worker = new Worker(new URL('./writer-thread.ts', import.meta.url), { workerData: path });
  /** Pending writes, in the order in which the thread processes them. */
  const pending: PromiseWithResolvers<void>[] = [];
  let ended = false;
  const fail = (error: unknown) => {
    ended = true;
    for (const { reject } of pending.splice(0)) reject(error);
  };
  const exited = new Promise((resolve) => worker.once('exit', resolve));
  worker.on('message', ({ failure }: WriteResult) => {
    const { resolve, reject } = pending.shift() as PromiseWithResolvers<void>;
    if (pending.length === 0) worker.unref();
    if (failure) reject(asStorageError(Object.assign(new Error(failure.message), failure), path));
    else resolve();
  });
  worker.on('error', fail);
  worker.on('exit', () => fail(new Error(`the thread that writes ${path} has ended`)));
  return {
    write: (writes: readonly Write[]): Promise<void> => {
      const result = Promise.withResolvers<void>();
      worker.postMessage(writes);
      pending.push(result);
      worker.ref();
      return result.promise;
    },
    hasEnded: () => ended,
    end: async (): Promise<void> => {
      worker.ref();
      worker.postMessage(null);
      await exited;
    },
  };
}
