import { join } from 'node:path';
import { BrickError } from '#domain/core/brick-error.ts';
import {
  type ForgetCertificate,
  forgetUser,
  type Traces,
} from '../../../functions/data-collection/forget/forget-user.ts';
import { listSnapshots } from '../../../localstack/embedded/city/snapshots/list-read-and-remove-snapshots.ts';
import { filesWith, vacuum } from '../../../localstack/embedded/storage/vacuum-and-find-remaining-ids.ts';
import { askConfirmation } from '../../console/ask-confirmation.ts';
import { count, table } from '../../console/format-values-and-tables.ts';
import type { Terminal } from '../../console/terminal.ts';
import { existingWorld, type WorldOptions } from '../../home/find-existing-world.ts';
import { withWorldRuntime } from '../../home/open-world-runtime.ts';
import { snapshotFolders } from '../../home/save-world-snapshot.ts';
import { homeAt } from '../../home/world-folders-and-current-world.ts';

export interface ForgetOptions extends WorldOptions {
  readonly user: string;
  /** Deletes without a question. */
  readonly yes?: boolean;
}

class UserIdRemains extends BrickError {
  override readonly code = 'BRICK_STILL_THERE';
  constructor(user: string, files: readonly string[]) {
    super({
      what: `the id ${user} still occurs in ${files.join(', ')}`,
      why: "the user's data are deleted from all stores. These files either contain the id for another reason (a title or event with the same id, or the simulation's own state) or were not created by AgentBricks",
      fix: 'Inspect each file before you change it. Do not delete *.sqlite files or files in objects/, because they contain the data of the service',
    });
  }
}

class SnapshotsContainUser extends BrickError {
  override readonly code = 'BRICK_STILL_IN_SNAPSHOTS';
  constructor(user: string, names: readonly string[]) {
    super({
      what: `the id ${user} still occurs in the snapshots ${names.join(', ')}`,
      why: 'they were saved before the data of the user were deleted, and a restore would bring the data back',
      fix: `Delete them: ${names.map((name) => `\`agentbricks snapshot delete ${name}\``).join(', ')}`,
    });
  }
}

/** Returns the names of the world's snapshots whose files contain an id. */
async function snapshotsWith(options: WorldOptions, user: string): Promise<string[]> {
  const folders = snapshotFolders(homeAt(options.home), existingWorld(options).name);
  const found: string[] = [];
  for (const { name } of listSnapshots(folders)) {
    if ((await filesWith(join(folders.snapshots, name), user)).length > 0) found.push(name);
  }
  return found;
}

/**
 * Asks for a confirmation, deletes all data of a user, then searches every file of the world for the id.
 *
 * @returns 1 if the user of the command line does not confirm
 * @throws ConfirmationImpossible, UserIdRemains if a file contains the id, SnapshotsContainUser if a snapshot does
 */
export async function forgetInLake({ user, yes, ...options }: ForgetOptions, terminal: Terminal): Promise<number> {
  const question = `Delete all data of the user ${user} in the world ${existingWorld(options).name}? Nothing can restore them.`;
  if (!yes && !(await askConfirmation(question, 'lake forget', 'deletes data'))) {
    terminal.say('Nothing was deleted.');
    return 1;
  }
  const { certificate, folder } = await withWorldRuntime(options, async (world) => ({
    certificate: await forgetUser(user, world.runtime.ports),
    folder: world.folder,
  }));
  vacuum(folder);
  const files = await filesWith(folder, user);
  const snapshots = await snapshotsWith(options, user);
  if (options.json) terminal.out(JSON.stringify({ ...certificate, files, snapshots }));
  else for (const line of certificateLines(certificate)) terminal.out(line);
  if (snapshots.length > 0) throw new SnapshotsContainUser(user, snapshots);
  if (files.length === 0) return 0;
  throw new UserIdRemains(user, files);
}

function certificateLines({ removed, remaining, seal }: ForgetCertificate): string[] {
  const row = (store: keyof Traces, name: string) => [name, count(removed[store]), count(remaining[store])];
  return [
    ...table([
      ['', 'removed', 'remaining'],
      row('log', 'log records'),
      row('lake', 'Parquet rows'),
      row('tables', 'table items'),
    ]),
    `Seal: ${seal}`,
  ];
}
