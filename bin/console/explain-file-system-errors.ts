import { statSync } from 'node:fs';
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

/** Reasons that apply only to a path that the user named: for any other path, they indicate a bug. */
const REASONS_IF_NAMED: Readonly<Record<string, Reason>> = {
  ENOENT: { why: 'it does not exist', fix: 'Check the path' },
  EISDIR: { why: 'it is a folder', fix: 'Name a file' },
};

/** SQLite's error code SQLITE_CANTOPEN. */
const CANNOT_OPEN = 14;
const DATABASE = {
  what: 'a database file cannot be opened',
  why: 'its path has more than 512 bytes, or its folder cannot be written',
  fix: 'Choose another folder with --home',
};

const MEMORY = {
  what: 'the command cannot allocate enough memory',
  why: 'the requested world is too large for this machine',
  fix: 'Choose a smaller world, for instance with --agents',
};

class SystemError extends BrickError {
  override readonly code = 'BRICK_SYSTEM_ERROR';
}

/**
 * Returns an explained error for an error of the operating system about a path, or for a lack of memory, and every other
 * error unchanged.
 *
 * @param args arguments of the command, which may name the path
 */
export function explainSystemError(error: unknown, args: readonly string[] = []): unknown {
  if (!(error instanceof Error)) return error;
  if ('errcode' in error && error.errcode === CANNOT_OPEN) return new SystemError(DATABASE, { cause: error });
  if (error instanceof RangeError && /allocation failed/.test(error.message))
    return new SystemError(MEMORY, { cause: error });
  if (!('syscall' in error)) return error;
  const { code = '', path = folderIn(args, code), syscall } = error as NodeJS.ErrnoException;
  const reason = REASONS[code] ?? (path !== undefined && args.includes(path) ? REASONS_IF_NAMED[code] : undefined);
  if (!reason || path === undefined) return error;
  return new SystemError({ what: `${path} cannot be used (${code}, ${syscall})`, ...reason }, { cause: error });
}

/** Node does not state the path in an EISDIR error. Returns the argument that is a folder. */
const folderIn = (args: readonly string[], code: string): string | undefined =>
  code === 'EISDIR' ? args.find((arg) => statSync(arg, { throwIfNoEntry: false })?.isDirectory()) : undefined;
