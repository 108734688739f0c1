import { join } from 'node:path';
import { z } from 'zod';
import { BrickError } from '#domain/core/errors.ts';
import { readIfThere, writeAtomic } from '../../localstack/embedded/storage/atomic-file.ts';

/** The universe's world; an import makes others. */
export const CITY = 'city';
export const DEFAULT_HOME = '.agentbricks';

const WorldName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,40}$/);

export class NoSuchWorldName extends BrickError {
  override readonly code = 'BRICK_NO_SUCH_WORLD_NAME';
  constructor(name: string) {
    super({
      what: `"${name}" cannot name a world`,
      why: 'a name becomes a folder: it is made of small letters, digits and dashes',
      fix: `Use a name such as ${CITY} or movielens`,
    });
  }
}

export interface Home {
  readonly folder: string;
  /** The trainer's virtual environment. */
  readonly trainer: string;
  /** @throws NoSuchWorldName */
  world(name: string): string;
  /** The world that commands speak of when none is named. */
  currentWorld(): string;
  makeCurrent(name: string): void;
}

/** Where everything is kept that this project makes on a machine. */
export function homeAt(folder: string): Home {
  const current = join(folder, 'current');
  const world = (name: string) => {
    if (!WorldName.safeParse(name).success) throw new NoSuchWorldName(name);
    return join(folder, 'worlds', name);
  };
  return {
    folder,
    trainer: join(folder, 'trainer'),
    world,
    currentWorld: () => readIfThere(current)?.toString('utf8').trim() || CITY,
    makeCurrent: (name) => writeAtomic(current, Buffer.from(`${name}\n`)),
  };
}
