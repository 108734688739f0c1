import { readManifest } from '../../../localstack/embedded/city/snapshots/list-read-and-remove-snapshots.ts';
import { deleteSnapshot } from '../../../localstack/embedded/city/snapshots/restore-or-delete-snapshot.ts';
import { askConfirmation } from '../../console/ask-confirmation.ts';
import type { Terminal } from '../../console/terminal.ts';
import type { WorldOptions } from '../../home/find-existing-world.ts';
import { snapshotFolders } from '../../home/save-world-snapshot.ts';
import { homeAt } from '../../home/world-folders-and-current-world.ts';

export interface DeleteOptions extends WorldOptions {
  /** Deletes without a question. */
  readonly yes?: boolean;
}

/**
 * Deletes a snapshot of a world, after a confirmation.
 *
 * @returns 1 if the user does not confirm
 * @throws SnapshotNotFound, ConfirmationImpossible
 */
export async function remove(name: string, options: DeleteOptions, terminal: Terminal): Promise<number> {
  const home = homeAt(options.home);
  const world = options.world ?? home.currentWorld();
  const folders = snapshotFolders(home, world);
  readManifest(folders, name);
  const question = `Delete the snapshot ${name} of the world ${world}?`;
  if (!options.yes && !(await askConfirmation(question, `snapshot delete ${name}`, 'deletes a snapshot'))) {
    terminal.say('Nothing was deleted.');
    return 1;
  }
  await deleteSnapshot(folders, name);
  if (options.json) terminal.out(JSON.stringify({ world, deleted: name }));
  else terminal.out(`Deleted the snapshot ${name} of the world ${world}.`);
  return 0;
}
