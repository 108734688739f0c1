import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { BrickError } from '#domain/core/brick-error.ts';

export class FolderInUse extends BrickError {
  override readonly code = 'BRICK_FOLDER_IN_USE';
  constructor(folder: string, { pid, command }: Holder) {
    super({
      what: `${folder} is in use by ${pid === 0 ? 'another process' : `process ${pid}`}${command && ` (${command})`}`,
      why: 'the embedded stores allow one process at a time',
      fix: `Stop ${pid === 0 ? 'the process that uses it' : `process ${pid}`}, or use another folder`,
    });
  }
}

interface Holder {
  /** Process id; 0 until the holder has written it. */
  readonly pid: number;
  /** Program and arguments of the process; empty if it was started without a file. */
  readonly command: string;
}

/** A lock on a folder. Disposing it releases it. */
export interface FolderLock extends Disposable {
  release(): void;
}

const LOCK = 'lock.sqlite';
/** File with the holder's process id and command, for error messages only. */
const HOLDER = 'lock.pid';
/** Milliseconds to wait for the lock: a process that calls `holderOf` takes it for a moment. */
const TIMEOUT_MS = 200;
/** References to open databases. Without them, the garbage collector would close a database and release its lock. */
const held = new Set<DatabaseSync>();

/**
 * Locks a folder for this process. The lock is SQLite's lock on an empty database, so the operating system releases it
 * when the process ends, even if it is killed. @throws FolderInUse
 */
export function lockFolder(folder: string): FolderLock {
  mkdirSync(folder, { recursive: true });
  const database = holderWithoutLock(folder) ? undefined : tryLock(folder, TIMEOUT_MS);
  if (!database) throw new FolderInUse(folder, holderIn(folder));
  held.add(database);
  writeFileSync(join(folder, HOLDER), `${process.pid}\n${commandOf(process.argv)}\n`);
  const release = () => {
    rmSync(join(folder, HOLDER), { force: true });
    held.delete(database);
    database.close();
  };
  return { release, [Symbol.dispose]: release };
}

/** Returns the id of the running process that has locked the folder, or undefined. */
export function holderOf(folder: string): number | undefined {
  if (!existsSync(join(folder, LOCK))) return holderWithoutLock(folder)?.pid;
  const database = tryLock(folder, 0);
  database?.close();
  return database ? undefined : holderIn(folder).pid;
}

/**
 * Returns the running process that has locked the folder, although its lock.sqlite was deleted. Without this check, a second
 * process would create the file again and enter.
 */
function holderWithoutLock(folder: string): Holder | undefined {
  if (existsSync(join(folder, LOCK))) return undefined;
  const holder = holderIn(folder);
  return isRunning(holder) ? holder : undefined;
}

/** Returns the locked database, or undefined if another process has locked it. */
function tryLock(folder: string, timeout: number): DatabaseSync | undefined {
  const database = new DatabaseSync(join(folder, LOCK), { timeout });
  try {
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch {
    database.close();
    return undefined;
  }
}

function holderIn(folder: string): Holder {
  const path = join(folder, HOLDER);
  const [pid, command = ''] = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  return { pid: Number(pid ?? 0), command };
}

/**
 * Returns whether another process with this id and command runs. Without /proc, as on macOS, no process is found.
 */
function isRunning({ pid, command }: Holder): boolean {
  const path = `/proc/${pid}/cmdline`;
  if (pid === 0 || pid === process.pid || !existsSync(path)) return false;
  const args = readFileSync(path, 'utf8').split('\0').slice(0, -1);
  // Options of Node.js may stand before the program.
  return args.some((_, i) => commandOf(args.slice(i)) === command);
}

/** Returns the command line without the program's folder. @param argv the interpreter, the program and its arguments */
const commandOf = ([, program = '', ...args]: readonly string[]): string =>
  [basename(program), ...args].join(' ').replaceAll('\n', ' ');
