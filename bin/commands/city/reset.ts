import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { lockFolder } from '#adapters/sqlite/folder-lock.ts';
import type { Terminal } from '../../console/terminal.ts';
import { homeAt } from '../../home/home.ts';

export interface ResetOptions {
  readonly home: string;
  readonly world?: string;
  readonly all?: boolean;
}

/** @throws FolderInUse when a world is being lived in */
export async function reset({ home: folder, world, all }: ResetOptions, terminal: Terminal): Promise<number> {
  const home = homeAt(folder);
  const worlds = join(home.folder, 'worlds');
  const names = world === undefined ? (existsSync(worlds) ? readdirSync(worlds) : []) : [world];
  for (const name of names) remove(home.world(name), terminal);
  if (world === undefined) rmSync(join(home.folder, 'current'), { force: true });
  if (all) remove(home.trainer, terminal);
  if (names.length === 0 && !all) terminal.say(`There is nothing to delete under ${worlds}.`);
  return 0;
}

function remove(folder: string, terminal: Terminal): void {
  if (!existsSync(folder)) {
    terminal.say(`There is no ${folder}.`);
    return;
  }
  lockFolder(folder).release();
  rmSync(folder, { recursive: true, force: true });
  terminal.say(`Deleted ${folder}.`);
}
