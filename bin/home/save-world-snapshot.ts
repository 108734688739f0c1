import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  Snapshot,
  type SnapshotFolders,
} from '../../localstack/embedded/city/snapshots/list-read-and-remove-snapshots.ts';
import {
  MAX_AUTOMATIC,
  type SnapshotRequest,
  saveSnapshot,
} from '../../localstack/embedded/city/snapshots/save-snapshot.ts';
import { SNAPSHOTS_PATH } from '../../localstack/embedded/city/snapshots/save-snapshot-route.ts';
import { lockWorld } from '../../localstack/embedded/storage/replace-world.ts';
import { megabytes } from '../console/format-values-and-tables.ts';
import { homeOption } from '../console/repeat-options-in-advised-commands.ts';
import type { Terminal } from '../console/terminal.ts';
import { existingWorld } from './find-existing-world.ts';
import { NoCityRunning, requestCity } from './request-running-city.ts';
import { CITY, type Home, homeAt } from './world-folders-and-current-world.ts';

/** Returns the folder of a world and the folder with its snapshots, which `reset` leaves. */
export const snapshotFolders = (home: Home, world: string): SnapshotFolders => ({
  world: home.world(world),
  snapshots: join(home.folder, 'snapshots', world),
});

/**
 * Saves a snapshot of a world. A running city saves it itself; otherwise, this process locks the world.
 *
 * @throws WorldNotFound, FolderInUse, CityRejected, and the errors of `saveSnapshot`
 */
export async function saveWorldSnapshot(home: string, world: string, request: SnapshotRequest): Promise<Snapshot> {
  const { folder } = existingWorld({ home, world });
  const body = { ...request };
  try {
    if (world === CITY) return await requestCity(home, { method: 'POST', path: SNAPSHOTS_PATH, body, reply: Snapshot });
  } catch (error) {
    if (!(error instanceof NoCityRunning)) throw error;
  }
  const lock = lockWorld(folder);
  try {
    return await saveSnapshot(snapshotFolders(homeAt(home), world), request);
  } finally {
    lock.release();
  }
}

/**
 * Saves an automatic snapshot of the city before a command changes it, and prints its name. Does nothing without a city.
 *
 * @param before the command, such as `scenario on bots`
 * @throws as `saveWorldSnapshot`
 */
export async function snapshotBefore(before: string, home: string, terminal: Pick<Terminal, 'say'>): Promise<void> {
  if (!existsSync(join(homeAt(home).world(CITY), 'log.sqlite'))) return;
  const { name, bytes } = await saveWorldSnapshot(home, CITY, { before });
  terminal.say(
    `Saved the snapshot ${name} (${megabytes(bytes)}; the last ${MAX_AUTOMATIC} automatic ones are kept). ` +
      `Way back: stop the city, then npx agentbricks snapshot restore ${name}${homeOption(home)}`,
  );
}
