import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { BrickError } from '#domain/core/brick-error.ts';
import { Scenario } from '#domain/universe/fault-injection-scenario.ts';

class InvalidScenario extends BrickError {
  override readonly code = 'BRICK_BAD_SCENARIO';
  constructor(path: string, why: string) {
    super({
      what: `the scenario file ${path} is not valid`,
      why,
      fix: 'Correct the file; docs/universe.md shows every field that a scenario may have',
    });
  }
}

/** Reads a scenario from a JSON file. @throws InvalidScenario that names each invalid field */
export function readScenario(path: string): Scenario {
  const parsed = Scenario.safeParse(readJson(path));
  if (parsed.success) return parsed.data;
  throw new InvalidScenario(path, z.prettifyError(parsed.error));
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as unknown;
  } catch (error) {
    throw new InvalidScenario(path, (error as Error).message);
  }
}
