import { closeSync, constants, copyFileSync, fsyncSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { lockWorld, replaceWorld } from '../../storage/replace-world.ts';
import { createFolders, link } from './capture-world-at-one-moment.ts';
import {
  CONTENT,
  completeManifest,
  type Manifest,
  readManifest,
  removeSnapshot,
  type SnapshotFolders,
} from './list-read-and-remove-snapshots.ts';
import { lockSnapshots } from './lock-snapshots.ts';
import { freeBytesOf, requireSpace, type SnapshotSettings, syncTree } from './save-snapshot.ts';

const isDatabase = ({ path }: { readonly path: string }) => path.endsWith('.sqlite');

/**
 * Replaces a world by a snapshot, which stays. If the process is killed, the next command finds the old world or the
 * restored one.
 *
 * @throws SnapshotNotFound, SnapshotDamaged, TooLittleSpace, SnapshotsBusy, FolderInUse while a process runs the world
 */
export async function restoreSnapshot(
  folders: SnapshotFolders,
  name: string,
  { freeBytes = freeBytesOf }: Pick<SnapshotSettings, 'freeBytes'> = {},
): Promise<void> {
  readManifest(folders, name);
  using _lock = await lockSnapshots(folders.snapshots);
  const { files } = completeManifest(folders, name);
  const world = lockWorld(folders.world);
  try {
    const bytes = files.filter(isDatabase).reduce((sum, file) => sum + file.bytes, 0);
    requireSpace(folders.world, bytes, freeBytes);
    const content = join(folders.snapshots, name, CONTENT);
    replaceWorld(folders.world, (folder) => copyContent(content, folder, files));
  } finally {
    world.release();
  }
}

/** Deletes a snapshot. @throws SnapshotNotFound, SnapshotsBusy */
export async function deleteSnapshot(folders: SnapshotFolders, name: string): Promise<void> {
  readManifest(folders, name);
  using _lock = await lockSnapshots(folders.snapshots);
  readManifest(folders, name);
  removeSnapshot(folders, name);
}

/** Copies databases, because they change in place, and links all other files. */
function copyContent(content: string, target: string, files: Manifest['files']): void {
  createFolders(
    target,
    files.map(({ path }) => path),
  );
  for (const file of files) {
    const [from, to] = [join(content, file.path), join(target, file.path)];
    if (isDatabase(file)) copyDurably(from, to);
    else link(from, to);
  }
  syncTree(target);
}

function copyDurably(from: string, to: string): void {
  copyFileSync(from, to, constants.COPYFILE_FICLONE);
  const file = openSync(to, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
