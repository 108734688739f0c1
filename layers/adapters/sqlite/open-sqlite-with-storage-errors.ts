import { DatabaseSync } from 'node:sqlite';
import { BrickError } from '#domain/core/brick-error.ts';

/** The disk or the quota is full. The write was rolled back. */
export class StorageFull extends BrickError {
  override readonly code = 'BRICK_STORAGE_FULL';
  override readonly retryable = true;
  constructor(cause: unknown) {
    super(
      {
        what: 'the write failed and was rolled back',
        why: 'the disk is full, or the disk quota is used up',
        fix: 'Free disk space and retry',
      },
      { cause },
    );
  }
}

/** A database file is not valid: it was truncated or overwritten, or the disk is defective. */
export class StorageDamaged extends BrickError {
  override readonly code = 'BRICK_STORAGE_DAMAGED';
  constructor(path: string, cause: unknown) {
    super(
      {
        what: `${path} is damaged`,
        why: `the file is not a valid database (${(cause as Error).message})`,
        fix: 'Restore the file from a backup, or delete the world with `agentbricks reset`. `agentbricks lake verify` shows whether the files of the lake are intact',
      },
      { cause },
    );
  }
}

const SQLITE_CORRUPT = 11;
const SQLITE_NOT_A_DATABASE = 26;
/** Mask for SQLite's primary result code. The upper bits contain details. */
const PRIMARY = 0xff;
const SQLITE_FULL = 13;
const SQLITE_IOERR_WRITE = 778;
/**
 * Milliseconds that a statement waits for the write of another connection. Only a process that hangs takes longer to
 * write.
 */
const BUSY_MS = 30_000;

/** Opens a SQLite file whose commits survive a power failure: WAL, with an fsync per commit. @throws StorageDamaged */
export function openSqlite(path: string): DatabaseSync {
  return withStorageErrors(() => {
    const database = new DatabaseSync(path);
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = ${BUSY_MS};`);
    return database;
  }, path);
}

/** Returns the path of a database, for error messages. */
export const pathOf = (database: DatabaseSync): string => database.location() ?? 'the database in memory';

/** Runs `work` in a transaction, and rolls back if it throws. */
export function inTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // SQLite has already rolled back after some errors, such as a full disk.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** Runs `work` and converts SQLite's errors. @throws StorageFull, StorageDamaged, or any other error unchanged */
export function withStorageErrors<Result>(work: () => Result, path: string): Result {
  try {
    return work();
  } catch (error) {
    throw asStorageError(error, path);
  }
}

/** Converts SQLite's errors, and the error of a row that is not JSON. Returns any other error unchanged. */
export function asStorageError(error: unknown, path: string): unknown {
  if (error instanceof SyntaxError) return new StorageDamaged(path, error);
  const { errcode } = error as { errcode?: number };
  if (errcode === undefined) return error;
  if (errcode === SQLITE_FULL || errcode === SQLITE_IOERR_WRITE) return new StorageFull(error);
  const primary = errcode & PRIMARY;
  return primary === SQLITE_CORRUPT || primary === SQLITE_NOT_A_DATABASE ? new StorageDamaged(path, error) : error;
}
