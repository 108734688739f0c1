import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { lockFolder } from '#adapters/sqlite/folder-lock.ts';
import type { Terminal } from '../../console/terminal.ts';
import { homeAt } from '../../home/world-folders.ts';

export interface ResetOptions {
  readonly home: string;
  readonly world?: string;
  readonly all?: boolean;
}

/**
 * Deletes one world or all worlds, and with `all` the trainer's environment.
 *
 * @throws FolderInUse while a process runs a world
 */
export async function reset({ home: folder, world, all }: ResetOptions, terminal: Terminal): Promise<number> {
  const home = homeAt(folder);
  const worlds = join(home.folder, 'worlds');
  const names = world === undefined ? (existsSync(worlds) ? readdirSync(worlds) : []) : [world];
  for (const name of names) remove(home.world(name), terminal);
  if (world === undefined) rmSync(join(home.folder, 'current'), { force: true });
  if (all) remove(home.trainer, terminal);
  if (names.length === 0 && !all) terminal.say(`Nothing to delete in ${worlds}.`);
  return 0;
}

function remove(folder: string, terminal: Terminal): void {
  if (!existsSync(folder)) {
    terminal.say(`${folder} does not exist.`);
    return;
  }
  lockFolder(folder).release();
  rmSync(folder, { recursive: true, force: true });
  terminal.say(`Deleted ${folder}.`);
}
