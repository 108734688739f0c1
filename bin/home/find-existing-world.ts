import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BrickError } from '#domain/core/brick-error.ts';
import { checkRequiredFiles } from '../../localstack/embedded/storage/record-and-check-required-files.ts';
import { homeAt } from './world-folders-and-current-world.ts';

export interface WorldOptions {
  readonly home: string;
  /** @default - the current world */
  readonly world?: string;
  readonly json?: boolean;
}

export interface ExistingWorld {
  readonly name: string;
  readonly folder: string;
}

export class WorldNotFound extends BrickError {
  override readonly code = 'BRICK_NO_WORLD_YET';
  constructor(world: string) {
    super({
      what: `the world ${world} does not exist or has no events`,
      why: 'no simulation and no import has stored events in this world',
      fix: 'Run `npm start` or `agentbricks import movielens PATH` first; `agentbricks status` lists the worlds',
    });
  }
}

/** Returns the world that the options name. @throws WorldNotFound, MissingWorldFile */
export function existingWorld(options: WorldOptions): ExistingWorld {
  const home = homeAt(options.home);
  const name = options.world ?? home.currentWorld();
  const folder = home.world(name);
  checkRequiredFiles(folder);
  if (!existsSync(join(folder, 'log.sqlite'))) throw new WorldNotFound(name);
  return { name, folder };
}
