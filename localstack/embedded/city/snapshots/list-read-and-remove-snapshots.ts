import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readJson } from '../../storage/write-atomically-and-read-json.ts';
import { SnapshotDamaged, SnapshotNotFound } from './snapshot-errors.ts';

/** The folder of a world, and the folder with its snapshots. Both must be on the same disk. */
export interface SnapshotFolders {
  readonly world: string;
  readonly snapshots: string;
}

export const Snapshot = z.object({
  name: z.string(),
  /** Wall-clock time, UTC epoch milliseconds. */
  savedAt: z.number(),
  /** Simulated hours of the world; null if it was not simulated. */
  hoursDone: z.number().nullable(),
  isAutomatic: z.boolean(),
  /** What the snapshot was saved before. @default - it was saved by hand */
  reason: z.string().optional(),
  /** Sum of the sizes of its files. */
  bytes: z.number(),
});
export type Snapshot = z.infer<typeof Snapshot>;

const Manifest = Snapshot.extend({
  formatVersion: z.literal(1),
  files: z.array(z.object({ path: z.string(), bytes: z.number() })),
});
export type Manifest = z.infer<typeof Manifest>;

export const MANIFEST = 'manifest.json';
/** Subfolder of a snapshot with the files of the world. */
export const CONTENT = 'world';
export const SAVING = '.saving';
const DELETING = '.deleting-';
const NAME = /^[a-z0-9][a-z0-9-]{0,60}$/;
const AUTOMATIC = 'auto-';

export const isName = (name: string): boolean => NAME.test(name);
export const isNameByHand = (name: string): boolean => isName(name) && !name.startsWith(AUTOMATIC);

/** Returns an unused name that contains the time, such as 2026-01-31-120000. */
export function nameByTime({ snapshots }: SnapshotFolders, at: number, isAutomatic: boolean): string {
  const [day = '', time = ''] = new Date(at).toISOString().split(/[T.]/);
  const name = `${isAutomatic ? AUTOMATIC : ''}${day}-${time.replaceAll(':', '')}`;
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? name : `${name}-${number}`;
    if (!existsSync(join(snapshots, candidate))) return candidate;
  }
}

export interface ListedSnapshot extends Snapshot {
  /** Bytes that are stored only for this snapshot: deleting it frees them. */
  readonly ownBytes: number;
}

/** Returns the snapshots of a world, oldest first. A folder without a manifest is not a snapshot. */
export function listSnapshots(folders: SnapshotFolders): ListedSnapshot[] {
  return namesIn(folders)
    .map((name) => {
      const { files, formatVersion: _, ...snapshot } = readManifest(folders, name);
      return { ...snapshot, ownBytes: ownBytes(join(folders.snapshots, name, CONTENT), files) };
    })
    .sort((a, b) => a.savedAt - b.savedAt || (a.name < b.name ? -1 : 1));
}

/** Files that are shared with the world or with other snapshots have several links. */
function ownBytes(content: string, files: Manifest['files']): number {
  return files.reduce((sum, { path }) => {
    const stats = statSync(join(content, path), { throwIfNoEntry: false });
    return sum + (stats?.nlink === 1 ? stats.size : 0);
  }, 0);
}

const namesIn = ({ snapshots }: SnapshotFolders): string[] =>
  existsSync(snapshots)
    ? readdirSync(snapshots).filter((name) => isName(name) && existsSync(join(snapshots, name, MANIFEST)))
    : [];

/** @throws SnapshotNotFound, DamagedFile */
export function readManifest(folders: SnapshotFolders, name: string): Manifest {
  const path = join(folders.snapshots, name, MANIFEST);
  const manifest = isName(name) ? readJson(path, (content) => Manifest.parse(content)) : undefined;
  if (!manifest) throw new SnapshotNotFound(name, namesIn(folders));
  return manifest;
}

/** Returns the manifest of a snapshot whose files are all there. @throws SnapshotNotFound, SnapshotDamaged */
export function completeManifest(folders: SnapshotFolders, name: string): Manifest {
  const manifest = readManifest(folders, name);
  for (const { path, bytes } of manifest.files) {
    const found = statSync(join(folders.snapshots, name, CONTENT, path), { throwIfNoEntry: false })?.size;
    if (found === bytes) continue;
    const why = found === undefined ? `its file ${path} is missing` : `its file ${path} has ${found} of ${bytes} bytes`;
    throw new SnapshotDamaged(name, why);
  }
  return manifest;
}

/** Deletes a snapshot. If the process is killed, it is deleted or complete. The caller has locked the folder. */
export function removeSnapshot({ snapshots }: SnapshotFolders, name: string): void {
  const deleting = join(snapshots, `${DELETING}${name}`);
  renameSync(join(snapshots, name), deleting);
  rmSync(deleting, { recursive: true, force: true });
}

/** Deletes folders that killed processes have left. The caller has locked the folder. */
export function removeUnfinished({ snapshots }: SnapshotFolders): void {
  for (const name of readdirSync(snapshots)) {
    if (name === SAVING || name.startsWith(DELETING)) rmSync(join(snapshots, name), { recursive: true, force: true });
  }
}
