import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { lockFolder } from '#adapters/sqlite/folder-lock.ts';
import { listSnapshots } from '../../../localstack/embedded/city/snapshots/list-read-and-remove-snapshots.ts';
import { syncFolder } from '../../../localstack/embedded/storage/write-atomically-and-read-json.ts';
import { megabytes } from '../../console/format-values-and-tables.ts';
import type { Terminal } from '../../console/terminal.ts';
import { snapshotFolders } from '../../home/save-world-snapshot.ts';
import { type Home, homeAt } from '../../home/world-folders-and-current-world.ts';

/** Folder, in the home, of what is being deleted. Nothing reads it, and the next deletion completes an interrupted one. */
const DELETING = '.deleting';

export interface ResetOptions {
  readonly home: string;
  readonly world?: string;
  readonly all?: boolean;
}

/**
 * Deletes one world or all worlds, and with `all` the trainer's environment and all snapshots.
 *
 * @throws FolderInUse while a process runs a world
 */
export async function reset({ home: folder, world, all }: ResetOptions, terminal: Terminal): Promise<number> {
  const home = homeAt(folder);
  const worlds = join(home.folder, 'worlds');
  rmSync(join(home.folder, DELETING), { recursive: true, force: true });
  const names = world === undefined ? (existsSync(worlds) ? readdirSync(worlds) : []) : [world];
  for (const name of names) remove(home.world(name), home, terminal);
  if (world === undefined) rmSync(join(home.folder, 'current'), { force: true });
  if (all) {
    remove(home.trainer, home, terminal);
    removeSnapshots(home, terminal);
  } else sayKept(home, names, terminal);
  if (names.length === 0 && !all) terminal.say(`Nothing to delete in ${worlds}.`);
  return 0;
}

/** Moves a folder aside under its lock, and deletes it. If the process is killed, the folder is complete or gone. */
function remove(folder: string, home: Home, terminal: Terminal): void {
  if (!existsSync(folder)) {
    terminal.say(`${folder} does not exist.`);
    return;
  }
  const doomed = join(home.folder, DELETING, `${basename(folder)}-${process.pid}`);
  mkdirSync(dirname(doomed), { recursive: true });
  const lock = lockFolder(folder);
  renameSync(folder, doomed);
  syncFolder(dirname(folder));
  rmSync(dirname(doomed), { recursive: true, force: true });
  lock.release();
  terminal.say(`Deleted ${folder}.`);
}

function removeSnapshots(home: Home, terminal: Terminal): void {
  const folder = join(home.folder, 'snapshots');
  if (!existsSync(folder)) return;
  for (const world of readdirSync(folder)) remove(join(folder, world), home, terminal);
  rmSync(folder, { recursive: true, force: true });
}

/** Prints which snapshots a deleted world still has. */
function sayKept(home: Home, worlds: readonly string[], terminal: Terminal): void {
  for (const world of worlds) {
    const snapshots = listSnapshots(snapshotFolders(home, world));
    if (snapshots.length === 0) continue;
    const bytes = megabytes(snapshots.reduce((sum, { ownBytes }) => sum + ownBytes, 0));
    terminal.say(
      `The world ${world} still has ${snapshots.length} snapshots (${bytes}): npx agentbricks snapshot list --world ${world}`,
    );
  }
}
