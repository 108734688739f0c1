import { DatabaseSync } from 'node:sqlite';
import { BrickError } from '#domain/errors.ts';

/** The disk, or the quota, is full: nothing of the write was kept. */
export class StorageFull extends BrickError {
  override readonly code = 'BRICK_STORAGE_FULL';
  override readonly retryable = true;
  constructor(cause: unknown) {
    super(
      {
        what: 'the write was refused and nothing of it was kept',
        why: 'the disk or the quota is full',
        fix: 'Free some space and send it again',
      },
      { cause },
    );
  }
}

const SQLITE_FULL = 13;
const SQLITE_IOERR_WRITE = 778;
const BUSY_MS = 5_000;

/** Opens a SQLite file whose commits survive a power cut: WAL, and fsync at each commit. */
export function openSqlite(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = ${BUSY_MS};`);
  return database;
}

/** All of `work` or nothing. */
export function inTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // A full disk rolls back by itself.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** Tells a full disk from a bug. @throws StorageFull */
export function storageErrors<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw asStorageError(error);
  }
}

/** `StorageFull` where SQLite says so; any other error as it is. */
export function asStorageError(error: unknown): unknown {
  const code = (error as { errcode?: number }).errcode;
  return code === SQLITE_FULL || code === SQLITE_IOERR_WRITE ? new StorageFull(error) : error;
}
