import { setTimeout as sleep } from 'node:timers/promises';
import { FolderInUse, type FolderLock, holderOf, lockFolder } from '#adapters/sqlite/folder-lock.ts';
import { MINUTE } from '#domain/core/time.ts';
import { SnapshotsBusy } from './snapshot-errors.ts';

const PAUSE_MS = 100;

/** Locks a folder with snapshots, and waits for at most a minute until another process releases it. @throws SnapshotsBusy */
export async function lockSnapshots(folder: string): Promise<FolderLock & Disposable> {
  for (const began = performance.now(); ; await sleep(PAUSE_MS)) {
    const lock = tryLock(folder);
    if (lock) return { ...lock, [Symbol.dispose]: lock.release };
    if (performance.now() - began > MINUTE) throw new SnapshotsBusy(holderOf(folder));
  }
}

function tryLock(folder: string): FolderLock | undefined {
  try {
    return lockFolder(folder);
  } catch (error) {
    if (error instanceof FolderInUse) return undefined;
    throw error;
  }
}
