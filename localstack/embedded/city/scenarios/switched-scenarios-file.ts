import { join } from 'node:path';
import { z } from 'zod';
import { SwitchedScenario } from '#domain/universe/switched-scenario-schema.ts';
import { readJson, writeAtomic } from '../../storage/write-atomically-and-read-json.ts';

const Stored = z.strictObject({ formatVersion: z.literal(1), switched: z.array(SwitchedScenario) });

/** Stores the scenarios that are switched on in a city, in the order in which they were switched on. */
export function switchedScenariosFile(worldFolder: string) {
  const path = join(worldFolder, 'scenarios.json');
  return {
    /** @throws DamagedFile */
    read: (): readonly SwitchedScenario[] => readJson(path, (content) => Stored.parse(content))?.switched ?? [],
    /** Returns the scenarios that were not switched off. @throws DamagedFile */
    readOn(): readonly SwitchedScenario[] {
      return this.read().filter(({ untilHour }) => untilHour === undefined);
    },
    write: (switched: readonly SwitchedScenario[]): void => {
      const stored: z.input<typeof Stored> = { formatVersion: 1, switched: [...switched] };
      writeAtomic(path, Buffer.from(`${JSON.stringify(stored, null, 2)}\n`));
    },
  };
}
