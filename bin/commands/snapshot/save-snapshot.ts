import { megabytes } from '../../console/format-values-and-tables.ts';
import { homeOption } from '../../console/repeat-options-in-advised-commands.ts';
import type { Terminal } from '../../console/terminal.ts';
import { existingWorld, type WorldOptions } from '../../home/find-existing-world.ts';
import { saveWorldSnapshot } from '../../home/save-world-snapshot.ts';

/**
 * Saves a snapshot of a world.
 *
 * @param name @default - the current time
 * @throws WorldNotFound, and the errors of `saveWorldSnapshot`
 */
export async function save(name: string | undefined, options: WorldOptions, terminal: Terminal): Promise<number> {
  const world = existingWorld(options).name;
  terminal.progress(`Saving a snapshot of the world ${world}`);
  const snapshot = await saveWorldSnapshot(options.home, world, name === undefined ? {} : { name });
  if (options.json) terminal.out(JSON.stringify(snapshot));
  else {
    terminal.out(`Saved the snapshot ${snapshot.name} of the world ${world} (${megabytes(snapshot.bytes)}).`);
    terminal.out(
      `  Restore it  npx agentbricks snapshot restore ${snapshot.name}${homeOption(options.home)}${options.world ? ` --world ${world}` : ''}`,
    );
  }
  return 0;
}
