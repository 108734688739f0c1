import { DatabaseSync } from 'node:sqlite';
import { BrickError } from '#domain/core/errors.ts';

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

/** A database's file is not what was written: cut, overwritten, or kept by a disk that fails. */
export class StorageDamaged extends BrickError {
  override readonly code = 'BRICK_STORAGE_DAMAGED';
  constructor(path: string, cause: unknown) {
    super(
      {
        what: `${path} is damaged`,
        why: `it is not what was written there: ${(cause as Error).message}`,
        fix: 'Put back a copy of it; or give the world up with `agentbricks reset`. What was read before is not affected, and `agentbricks lake verify` says what the lake still holds',
      },
      { cause },
    );
  }
}

const SQLITE_CORRUPT = 11;
const SQLITE_NOT_A_DATABASE = 26;
/** SQLite's codes carry details in their upper bits. */
const PRIMARY = 0xff;
const SQLITE_FULL = 13;
const SQLITE_IOERR_WRITE = 778;
/** Milliseconds that a statement waits for another connection's write: only a process that hangs holds one so long. */
const BUSY_MS = 30_000;

/** Opens a SQLite file whose commits survive a power cut: WAL, and fsync at each commit. @throws StorageDamaged */
export function openSqlite(path: string): DatabaseSync {
  return storageErrors(() => {
    const database = new DatabaseSync(path);
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = ${BUSY_MS};`);
    return database;
  }, path);
}

/** Where it lies, for messages. */
export const pathOf = (database: DatabaseSync): string => database.location() ?? 'the database in memory';

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

/** Tells a full disk and a damaged file from a bug. @throws StorageFull, StorageDamaged */
export function storageErrors<Result>(work: () => Result, path: string): Result {
  try {
    return work();
  } catch (error) {
    throw asStorageError(error, path);
  }
}

/** `StorageFull` or `StorageDamaged` where SQLite says so, or where a row holds no JSON; any other error as it is. */
export function asStorageError(error: unknown, path: string): unknown {
  if (error instanceof SyntaxError) return new StorageDamaged(path, error);
  const { errcode } = error as { errcode?: number };
  if (errcode === undefined) return error;
  if (errcode === SQLITE_FULL || errcode === SQLITE_IOERR_WRITE) return new StorageFull(error);
  const primary = errcode & PRIMARY;
  return primary === SQLITE_CORRUPT || primary === SQLITE_NOT_A_DATABASE ? new StorageDamaged(path, error) : error;
}
