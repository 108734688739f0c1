import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { BrickError } from '#domain/errors.ts';

export class FolderInUse extends BrickError {
  override readonly code = 'BRICK_FOLDER_IN_USE';
  constructor(folder: string, pid: number) {
    super({
      what: `${folder} is in use by process ${pid}`,
      why: 'the embedded stores allow one process at a time',
      fix: `Stop process ${pid}, or use another folder`,
    });
  }
}

export interface FolderLock {
  release(): void;
}

const LOCK = 'lock';

/** Takes a folder for this process; a lock that a dead process left behind is taken over. @throws FolderInUse */
export function lockFolder(folder: string): FolderLock {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, LOCK);
  const holder = holderOf(folder);
  if (holder !== undefined) throw new FolderInUse(folder, holder);
  rmSync(path, { force: true });
  const file = openLock(path, folder);
  writeSync(file, `${process.pid} ${startOf(process.pid)}\n`);
  closeSync(file);
  return { release: () => rmSync(path, { force: true }) };
}

/** Two processes that found the same stale lock: the second to create the file loses. */
function openLock(path: string, folder: string): number {
  try {
    return openSync(path, 'wx');
  } catch {
    throw new FolderInUse(folder, holderOf(folder) ?? 0);
  }
}

/** The living process that holds the folder, if any. */
export function holderOf(folder: string): number | undefined {
  const path = join(folder, LOCK);
  if (!existsSync(path)) return undefined;
  const [pid, start] = readFileSync(path, 'utf8').trim().split(' ');
  const holder = Number(pid);
  return Number.isInteger(holder) && holder > 0 && isAlive(holder) && startOf(holder) === start ? holder : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When a process started, where the system tells (Linux): a pid is used again after a while. */
function startOf(pid: number): string {
  const stat = `/proc/${pid}/stat`;
  if (!existsSync(stat)) return 'unknown';
  const afterName = readFileSync(stat, 'utf8').split(') ').pop() ?? '';
  const START_TIME = 19;
  return afterName.split(' ')[START_TIME] ?? 'unknown';
}
