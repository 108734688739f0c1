import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FolderInUse, holderOf } from '#adapters/sqlite/folder-lock.ts';
import { BrickError } from '#domain/core/brick-error.ts';
import {
  completeManifest,
  type Snapshot,
} from '../../../localstack/embedded/city/snapshots/list-read-and-remove-snapshots.ts';
import { restoreSnapshot } from '../../../localstack/embedded/city/snapshots/restore-or-delete-snapshot.ts';
import { checkpointFile } from '../../../localstack/embedded/city/state/simulation-checkpoint-file.ts';
import { askConfirmation } from '../../console/ask-confirmation.ts';
import { count } from '../../console/format-values-and-tables.ts';
import { startCommand } from '../../console/repeat-options-in-advised-commands.ts';
import type { Terminal } from '../../console/terminal.ts';
import type { WorldOptions } from '../../home/find-existing-world.ts';
import { snapshotFolders } from '../../home/save-world-snapshot.ts';
import { homeAt } from '../../home/world-folders-and-current-world.ts';
import { simulatedUntil } from './list-snapshots.ts';

export interface RestoreOptions extends WorldOptions {
  /** Replaces the world without a question. */
  readonly yes?: boolean;
}

class WorldRuns extends BrickError {
  override readonly code = 'BRICK_WORLD_RUNS';
  constructor(world: string, pid: number, cause?: unknown) {
    super(
      {
        what: `the world ${world} cannot be replaced now`,
        why: `process ${pid} runs this world`,
        fix: 'Stop the process (Ctrl-C in the terminal of the city), and run this command again',
      },
      { cause },
    );
  }
}

/**
 * Replaces a world by a snapshot. Prints what is lost, and asks for a confirmation.
 *
 * @returns 1 if the user does not confirm
 * @throws SnapshotNotFound, SnapshotDamaged, WorldRuns, ConfirmationImpossible, TooLittleSpace
 */
export async function restore(name: string, options: RestoreOptions, terminal: Terminal): Promise<number> {
  const home = homeAt(options.home);
  const world = options.world ?? home.currentWorld();
  const folders = snapshotFolders(home, world);
  const snapshot = completeManifest(folders, name);
  const holder = existsSync(folders.world) ? holderOf(folders.world) : undefined;
  if (holder !== undefined) throw new WorldRuns(world, holder);
  for (const line of lostLines(world, folders.world, snapshot)) terminal.say(line);
  if (!options.yes && !(await askConfirmation('Replace the world?', `snapshot restore ${name}`, 'replaces a world'))) {
    terminal.say('Nothing was changed.');
    return 1;
  }
  await restoreSnapshot(folders, name).catch((error: unknown) => {
    throw error instanceof FolderInUse ? new WorldRuns(world, holderOf(folders.world) ?? 0, error) : error;
  });
  const { hoursDone } = snapshot;
  if (options.json) terminal.out(JSON.stringify({ world, snapshot: name, hoursDone }));
  else
    terminal.out(
      `The world ${world} is that of the snapshot ${name} again. \`${startCommand(options.home)}\` resumes the city.`,
    );
  return 0;
}

function lostLines(world: string, folder: string, { name, hoursDone }: Snapshot): string[] {
  if (!existsSync(join(folder, 'log.sqlite'))) return [`There is no world ${world} now: nothing is lost.`];
  const now = checkpointFile(folder).read()?.hoursDone ?? null;
  const hours = now === null || hoursDone === null ? 0 : now - hoursDone;
  const lost =
    hours > 0 ? `Its last ${count(hours)} simulated hours are lost` : 'All later changes of the world are lost';
  return [
    `The snapshot ${name} (simulated until ${simulatedUntil(hoursDone)}) replaces the world ${world} (until ${simulatedUntil(now)}).`,
    `${lost}, with their events, features, models, pipeline runs and switched scenarios. Your workspace does not change.`,
  ];
}
