import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { BrickError } from '#domain/core/errors.ts';
import { Scenario } from '#domain/universe/scenario.ts';

export class BadScenario extends BrickError {
  override readonly code = 'BRICK_BAD_SCENARIO';
  constructor(path: string, why: string) {
    super({
      what: `the scenario ${path} cannot be used`,
      why,
      fix: 'Mend the file; docs/universe.md shows every part that a scenario may have',
    });
  }
}

/** A scenario from its JSON file. @throws BadScenario that names each wrong field */
export function readScenario(path: string): Scenario {
  const parsed = Scenario.safeParse(readJson(path));
  if (parsed.success) return parsed.data;
  throw new BadScenario(path, z.prettifyError(parsed.error));
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as unknown;
  } catch (error) {
    throw new BadScenario(path, (error as Error).message);
  }
}
