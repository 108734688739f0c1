import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { BrickError } from '#domain/core/errors.ts';

export class FolderInUse extends BrickError {
  override readonly code = 'BRICK_FOLDER_IN_USE';
  constructor(folder: string, { pid, command }: Holder) {
    super({
      what: `${folder} is in use by process ${pid}${command && ` (${command})`}`,
      why: 'the embedded stores allow one process at a time',
      fix: `Stop process ${pid}, or use another folder`,
    });
  }
}

interface Holder {
  /** 0 in the moment before the holder has written it. */
  readonly pid: number;
  /** Its program and arguments; empty when it was started without a file. */
  readonly command: string;
}

export interface FolderLock {
  release(): void;
}

const LOCK = 'lock.sqlite';
/** Who holds it, for the message only. */
const HOLDER = 'lock.pid';
/** Long enough for somebody who only looks. */
const PATIENCE_MS = 200;
/** A database that nobody refers to is closed by the garbage collector, and its lock is gone. */
const held = new Set<DatabaseSync>();

/**
 * Takes a folder for this process. The lock is SQLite's on an empty database, so the system itself gives it back when the
 * process ends, however it ends. @throws FolderInUse
 */
export function lockFolder(folder: string): FolderLock {
  mkdirSync(folder, { recursive: true });
  const database = taken(folder, PATIENCE_MS);
  if (!database) throw new FolderInUse(folder, holderIn(folder));
  held.add(database);
  writeFileSync(join(folder, HOLDER), `${process.pid}\n${commandOf(process.argv)}\n`);
  return {
    release: () => {
      rmSync(join(folder, HOLDER), { force: true });
      held.delete(database);
      database.close();
    },
  };
}

/** The living process that holds the folder, if any. */
export function holderOf(folder: string): number | undefined {
  if (!existsSync(join(folder, LOCK))) return undefined;
  const database = taken(folder, 0);
  database?.close();
  return database ? undefined : holderIn(folder).pid;
}

/** Undefined when another has it. */
function taken(folder: string, timeout: number): DatabaseSync | undefined {
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

/** As one would type it: the program by its name, without its folder. */
const commandOf = ([, program = '', ...args]: readonly string[]): string =>
  [basename(program), ...args].join(' ').replaceAll('\n', ' ');
