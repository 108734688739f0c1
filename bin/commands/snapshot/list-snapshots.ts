import { HOUR } from '#domain/core/time.ts';
import { CITY_STARTS_AT } from '../../../localstack/embedded/city/simulate-until.ts';
import {
  type ListedSnapshot,
  listSnapshots,
} from '../../../localstack/embedded/city/snapshots/list-read-and-remove-snapshots.ts';
import { dateTime, megabytes, table } from '../../console/format-values-and-tables.ts';
import { homeOption } from '../../console/repeat-options-in-advised-commands.ts';
import type { Terminal } from '../../console/terminal.ts';
import type { WorldOptions } from '../../home/find-existing-world.ts';
import { snapshotFolders } from '../../home/save-world-snapshot.ts';
import { homeAt } from '../../home/world-folders-and-current-world.ts';

/** Prints the snapshots of a world, oldest first. */
export async function listAll({ home: folder, world, json }: WorldOptions, terminal: Terminal): Promise<number> {
  const home = homeAt(folder);
  const name = world ?? home.currentWorld();
  const snapshots = listSnapshots(snapshotFolders(home, name));
  if (json) terminal.out(JSON.stringify({ world: name, snapshots }));
  else if (snapshots.length === 0)
    terminal.say(`The world ${name} has no snapshots: npx agentbricks snapshot save${homeOption(folder)}`);
  else for (const line of table([HEADER, ...snapshots.map(rowOf)])) terminal.out(line);
  return 0;
}

const HEADER = ['snapshot', 'saved (UTC)', 'simulated until', 'size', 'freed by deletion', 'saved before'];

const rowOf = ({ name, savedAt, hoursDone, bytes, ownBytes, reason = '–' }: ListedSnapshot): string[] => [
  name,
  dateTime(savedAt),
  simulatedUntil(hoursDone),
  megabytes(bytes),
  megabytes(ownBytes),
  reason,
];

/** Formats the simulated time of a world. */
export const simulatedUntil = (hoursDone: number | null): string =>
  hoursDone === null ? '–' : dateTime(CITY_STARTS_AT + hoursDone * HOUR);
