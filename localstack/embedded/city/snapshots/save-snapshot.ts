import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { backup } from 'node:sqlite';
import { asStorageError, StorageFull } from '#adapters/sqlite/open-sqlite-with-storage-errors.ts';
import { syncFolder, writeAtomic } from '../../storage/write-atomically-and-read-json.ts';
import { checkpointFile } from '../state/simulation-checkpoint-file.ts';
import { type FrozenDatabase, freezeWorld } from './capture-world-at-one-moment.ts';
import {
  CONTENT,
  isNameByHand,
  listSnapshots,
  MANIFEST,
  type Manifest,
  nameByTime,
  removeSnapshot,
  removeUnfinished,
  SAVING,
  type Snapshot,
  type SnapshotFolders,
} from './list-read-and-remove-snapshots.ts';
import { lockSnapshots } from './lock-snapshots.ts';
import { InvalidSnapshotName, NothingToSave, SnapshotExists, TooLittleSpace } from './snapshot-errors.ts';

export interface SnapshotRequest {
  /** @default - the current time */
  readonly name?: string;
  /** What an automatic snapshot is saved before. @default - the snapshot is saved by hand */
  readonly before?: string;
}

export interface SnapshotSettings {
  /** Wall clock. @default - Date.now */
  readonly now?: () => number;
  /** Returns the free bytes on the disk of a folder. @default - as the operating system reports */
  readonly freeBytes?: (folder: string) => number;
}

/** Number of automatic snapshots of a world. The next one replaces the oldest. */
export const MAX_AUTOMATIC = 5;
/** Pages of a database that are copied at once: 40 MB. */
const PAGES_PER_STEP = 10_000;
/** Bytes that must stay free, because the world continues to grow while it is copied. */
const RESERVE_BYTES = 50_000_000;
const ENOSPC = 'ENOSPC';

/**
 * Saves a snapshot of a world. The caller runs the world in this process, or has locked it. If the process is killed, there
 * is no snapshot.
 *
 * @throws InvalidSnapshotName, SnapshotExists, NothingToSave, TooLittleSpace, SnapshotsBusy, StorageFull
 */
export async function saveSnapshot(
  folders: SnapshotFolders,
  { name: given, before }: SnapshotRequest,
  { now = Date.now, freeBytes = freeBytesOf }: SnapshotSettings = {},
): Promise<Snapshot> {
  if (given !== undefined && !isNameByHand(given)) throw new InvalidSnapshotName(given);
  if (!existsSync(join(folders.world, 'log.sqlite'))) throw new NothingToSave(folders.world);
  using _lock = await lockSnapshots(folders.snapshots);
  removeUnfinished(folders);
  const [savedAt, isAutomatic] = [now(), before !== undefined];
  const name = given ?? nameByTime(folders, savedAt, isAutomatic);
  if (existsSync(join(folders.snapshots, name))) throw new SnapshotExists(name);
  requireSpace(folders.snapshots, databaseBytes(folders.world), freeBytes);
  const saving = join(folders.snapshots, SAVING);
  try {
    const { hoursDone, files } = await copyWorld(folders.world, join(saving, CONTENT));
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    const snapshot: Snapshot = { name, savedAt, hoursDone, isAutomatic, reason: before, bytes };
    const manifest: Manifest = { formatVersion: 1, ...snapshot, files };
    writeAtomic(join(saving, MANIFEST), Buffer.from(JSON.stringify(manifest)));
    renameSync(saving, join(folders.snapshots, name));
    syncFolder(folders.snapshots);
    if (isAutomatic) removeOldAutomatic(folders);
    return snapshot;
  } catch (error) {
    rmSync(saving, { recursive: true, force: true });
    throw (error as NodeJS.ErrnoException).code === ENOSPC ? new StorageFull(error) : asStorageError(error, saving);
  }
}

async function copyWorld(world: string, target: string): Promise<Pick<Manifest, 'hoursDone' | 'files'>> {
  mkdirSync(target, { recursive: true });
  const frozen = freezeWorld(world, target);
  try {
    for (const each of frozen) await copyDatabase(each, target);
  } finally {
    for (const { database } of frozen) database.close();
  }
  syncTree(target);
  return { hoursDone: checkpointFile(target).read()?.hoursDone ?? null, files: filesOf(target) };
}

async function copyDatabase({ name, database }: FrozenDatabase, target: string): Promise<void> {
  const path = join(target, name);
  await backup(database, path, { rate: PAGES_PER_STEP });
  await using file = await open(path, 'r+');
  await file.sync();
}

/** Returns all files of a folder with their sizes. */
function filesOf(root: string): Manifest['files'] {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name));
  return paths.map((path) => ({ path: relative(root, path), bytes: statSync(path).size }));
}

/** Syncs a folder and all folders in it. */
export function syncTree(root: string): void {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  for (const folder of [...folders, root]) syncFolder(folder);
}

function databaseBytes(world: string): number {
  const names = readdirSync(world).filter((name) => /\.sqlite(-wal)?$/.test(name));
  return names.reduce((sum, name) => sum + statSync(join(world, name)).size, 0);
}

/** @throws TooLittleSpace */
export function requireSpace(folder: string, bytes: number, freeBytes: (folder: string) => number): void {
  const [needed, free] = [bytes + RESERVE_BYTES, freeBytes(folder)];
  if (free < needed) throw new TooLittleSpace(folder, needed, free);
}

export function freeBytesOf(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

function removeOldAutomatic(folders: SnapshotFolders): void {
  const automatic = listSnapshots(folders).filter(({ isAutomatic }) => isAutomatic);
  for (const { name } of automatic.slice(0, -MAX_AUTOMATIC)) removeSnapshot(folders, name);
}
