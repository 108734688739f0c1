import { join } from 'node:path';
import { z } from 'zod';
import { BrickError } from '#domain/core/brick-error.ts';
import { hasUnfinishedReplacement, lockWorld } from '../../localstack/embedded/storage/replace-world.ts';
import { readIfThere, writeAtomic } from '../../localstack/embedded/storage/write-atomically-and-read-json.ts';
import { CITY, DEFAULT_HOME } from '../console/repeat-options-in-advised-commands.ts';

export { CITY, DEFAULT_HOME };

const WorldName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,40}$/);

class InvalidWorldName extends BrickError {
  override readonly code = 'BRICK_NO_SUCH_WORLD_NAME';
  constructor(name: string) {
    super({
      what: `"${name}" is not a valid world name`,
      why: 'the name becomes the name of a folder, so it may contain only lower-case letters, digits and dashes',
      fix: `Use a name such as ${CITY} or movielens`,
    });
  }
}

export interface Home {
  readonly folder: string;
  /** Folder with the trainer's virtual environment. */
  readonly trainer: string;
  /**
   * Returns the folder of a world. Completes the restore of a snapshot if a killed process has begun it.
   *
   * @throws InvalidWorldName, FolderInUse while another process restores a snapshot
   */
  world(name: string): string;
  /** Returns the world that a command uses if no world is named. */
  currentWorld(): string;
  makeCurrent(name: string): void;
}

/** Returns the paths of the worlds and of the trainer's environment in a home folder. */
export function homeAt(folder: string): Home {
  const current = join(folder, 'current');
  const world = (name: string) => {
    if (!WorldName.safeParse(name).success) throw new InvalidWorldName(name);
    const path = join(folder, 'worlds', name);
    if (hasUnfinishedReplacement(path)) lockWorld(path).release();
    return path;
  };
  return {
    folder,
    trainer: join(folder, 'trainer'),
    world,
    currentWorld: () => readIfThere(current)?.toString('utf8').trim() || CITY,
    makeCurrent: (name) => writeAtomic(current, Buffer.from(`${name}\n`)),
  };
}
