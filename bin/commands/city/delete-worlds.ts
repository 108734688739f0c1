import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { lockFolder } from '#adapters/sqlite/folder-lock.ts';
import { listSnapshots } from '../../../localstack/embedded/city/snapshots/list-read-and-remove-snapshots.ts';
import { syncFolder } from '../../../localstack/embedded/storage/write-atomically-and-read-json.ts';
import { askConfirmation } from '../../console/ask-confirmation.ts';
import { megabytes } from '../../console/format-values-and-tables.ts';
import { homeOption } from '../../console/repeat-options-in-advised-commands.ts';
import type { Terminal } from '../../console/terminal.ts';
import { WorldNotFound } from '../../home/find-existing-world.ts';
import { snapshotFolders } from '../../home/save-world-snapshot.ts';
import { type Home, homeAt } from '../../home/world-folders-and-current-world.ts';

/** Folder, in the home, of what is being deleted. Nothing reads it, and the next deletion completes an interrupted one. */
const DELETING = '.deleting';

export interface ResetOptions {
  readonly home: string;
  /** @default - the current world */
  readonly world?: string;
  readonly all?: boolean;
  /** Deletes without a question. */
  readonly yes?: boolean;
}

/**
 * Deletes one world, or with `all` everything in the home: the worlds, their snapshots and the trainer's environment.
 * Prints the folders, and asks for a confirmation.
 *
 * @returns 1 if the user does not confirm
 * @throws WorldNotFound, ConfirmationImpossible, and FolderInUse while a process runs a world
 */
export async function reset(options: ResetOptions, terminal: Terminal): Promise<number> {
  const home = homeAt(options.home);
  rmSync(join(home.folder, DELETING), { recursive: true, force: true });
  const current = home.currentWorld();
  const worlds = worldsToDelete(home, options);
  const folders = worlds.map((name) => home.world(name));
  if (options.all) folders.push(...[home.trainer, ...foldersIn(join(home.folder, 'snapshots'))].filter(existsSync));
  if (folders.length === 0) {
    terminal.say(`Nothing to delete in ${options.all ? home.folder : home.world(current)}.`);
    return 0;
  }
  if (!options.yes && !(await confirmed(folders, terminal))) {
    terminal.say('Nothing was deleted.');
    return 1;
  }
  for (const folder of folders) remove(folder, home, terminal);
  if (worlds.includes(current)) rmSync(join(home.folder, 'current'), { force: true });
  if (options.all) rmSync(join(home.folder, 'snapshots'), { recursive: true, force: true });
  else sayKept(home, worlds, terminal);
  return 0;
}

/** Returns the names of the existing worlds that the options select. @throws WorldNotFound */
function worldsToDelete(home: Home, { world, all }: ResetOptions): string[] {
  if (all) return foldersIn(join(home.folder, 'worlds')).map((folder) => basename(folder));
  const name = world ?? home.currentWorld();
  if (existsSync(home.world(name))) return [name];
  if (world !== undefined) throw new WorldNotFound(world);
  return [];
}

const foldersIn = (folder: string): string[] =>
  existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];

function confirmed(folders: readonly string[], terminal: Terminal): Promise<boolean> {
  terminal.say('These folders will be deleted:');
  for (const folder of folders) terminal.say(`  ${folder}`);
  return askConfirmation('Delete them?', 'reset', 'deletes data');
}

/** Moves a folder aside under its lock, and deletes it. If the process is killed, the folder is complete or gone. */
function remove(folder: string, home: Home, terminal: Terminal): void {
  const doomed = join(home.folder, DELETING, `${basename(folder)}-${process.pid}`);
  mkdirSync(dirname(doomed), { recursive: true });
  const lock = lockFolder(folder);
  renameSync(folder, doomed);
  syncFolder(dirname(folder));
  rmSync(dirname(doomed), { recursive: true, force: true });
  lock.release();
  terminal.say(`Deleted ${folder}.`);
}

/** Prints which snapshots a deleted world still has. */
function sayKept(home: Home, worlds: readonly string[], terminal: Terminal): void {
  for (const world of worlds) {
    const snapshots = listSnapshots(snapshotFolders(home, world));
    if (snapshots.length === 0) continue;
    const bytes = megabytes(snapshots.reduce((sum, { ownBytes }) => sum + ownBytes, 0));
    terminal.say(
      `The world ${world} still has ${snapshots.length} snapshots (${bytes}): npx agentbricks snapshot list --world ${world}${homeOption(home.folder)}`,
    );
  }
}
