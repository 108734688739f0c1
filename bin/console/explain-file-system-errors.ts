import { BrickError } from '#domain/core/brick-error.ts';

interface Reason {
  readonly why: string;
  readonly fix: string;
}

const DENIED: Reason = {
  why: 'you have no permission for it',
  fix: 'Change its permissions, or choose another folder with --home',
};
const FULL: Reason = {
  why: 'the disk is full, or your quota is used up',
  fix: 'Free some space and run the command again. What is stored is not lost',
};

/** Reasons for which the operating system rejects a path, by the error's code. */
const REASONS: Readonly<Record<string, Reason>> = {
  EACCES: DENIED,
  EPERM: DENIED,
  EROFS: { why: 'its file system is read-only', fix: 'Choose a folder on another file system with --home' },
  ENOSPC: FULL,
  EDQUOT: FULL,
  ENAMETOOLONG: { why: 'the path is too long', fix: 'Choose a folder with a shorter path with --home' },
  ENOTDIR: {
    why: 'a file has the name of one of its folders',
    fix: 'Rename that file, or choose another folder with --home',
  },
  EMFILE: { why: 'this process may not open more files', fix: 'Raise the limit with `ulimit -n 4096`' },
};

/** SQLite's error code SQLITE_CANTOPEN. */
const CANNOT_OPEN = 14;
const DATABASE = {
  what: 'a database file cannot be opened',
  why: 'its path has more than 512 bytes, or its folder cannot be written',
  fix: 'Choose another folder with --home',
};

class SystemError extends BrickError {
  override readonly code = 'BRICK_SYSTEM_ERROR';
}

/** Returns an explained error for an error of the operating system about a path, and every other error unchanged. */
export function explainSystemError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if ('errcode' in error && error.errcode === CANNOT_OPEN) return new SystemError(DATABASE, { cause: error });
  if (!('syscall' in error)) return error;
  const { code = '', path, syscall } = error as NodeJS.ErrnoException;
  const reason = REASONS[code];
  if (!reason || path === undefined) return error;
  return new SystemError({ what: `${path} cannot be used (${code}, ${syscall})`, ...reason }, { cause: error });
}
