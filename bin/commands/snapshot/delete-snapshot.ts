import { deleteSnapshot } from '../../../localstack/embedded/city/snapshots/restore-or-delete-snapshot.ts';
import type { Terminal } from '../../console/terminal.ts';
import type { WorldOptions } from '../../home/find-existing-world.ts';
import { snapshotFolders } from '../../home/save-world-snapshot.ts';
import { homeAt } from '../../home/world-folders-and-current-world.ts';

/** Deletes a snapshot of a world. @throws SnapshotNotFound */
export async function remove(name: string, options: WorldOptions, terminal: Terminal): Promise<number> {
  const home = homeAt(options.home);
  const world = options.world ?? home.currentWorld();
  await deleteSnapshot(snapshotFolders(home, world), name);
  if (options.json) terminal.out(JSON.stringify({ world, deleted: name }));
  else terminal.out(`Deleted the snapshot ${name} of the world ${world}.`);
  return 0;
}
