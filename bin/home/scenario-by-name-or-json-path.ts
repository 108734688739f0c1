import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { BrickError } from '#domain/core/brick-error.ts';
import { Scenario } from '#domain/universe/behaviours-and-scenario-schema.ts';
import { describeInvalidFields } from '#domain/universe/describe-invalid-fields.ts';
import { NAMED_SCENARIOS, namedScenario } from '#domain/universe/named-scenarios.ts';
import { ScenarioName } from '#domain/universe/switched-scenario-schema.ts';

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

class UnknownScenario extends BrickError {
  override readonly code = 'BRICK_NO_SUCH_SCENARIO';
  constructor(name: string) {
    super({
      what: `there is no scenario ${name}`,
      why: `the named scenarios are ${NAMED_SCENARIOS.map((each) => each.name).join(', ')}`,
      fix: 'Use one of these names, or the path of a scenario file, which ends with .json',
    });
  }
}

class UnusableFileName extends BrickError {
  override readonly code = 'BRICK_BAD_SCENARIO_NAME';
  constructor(path: string) {
    super({
      what: `the scenario file ${path} has an unusable name`,
      why: 'the file name becomes the name of the scenario, so it may contain only lower-case letters, digits and dashes',
      fix: 'Rename the file, for example to rainy-day.json',
    });
  }
}

export interface ScenarioToSwitch {
  readonly name: string;
  readonly scenario: Scenario;
}

/**
 * Returns the named scenario, or the scenario of a file, whose name is that of the file without `.json`.
 *
 * @throws UnknownScenario, UnusableFileName, InvalidScenario
 */
export function scenarioOf(nameOrFile: string): ScenarioToSwitch {
  const named = namedScenario(nameOrFile);
  if (named) return named;
  if (!/\.json$|[/\\]/.test(nameOrFile)) throw new UnknownScenario(nameOrFile);
  const scenario = readScenario(nameOrFile);
  const name = ScenarioName.safeParse(basename(nameOrFile, '.json'));
  if (!name.success) throw new UnusableFileName(nameOrFile);
  return { name: name.data, scenario };
}

/** Reads a scenario from a JSON file. @throws InvalidScenario that names each invalid field */
export function readScenario(path: string): Scenario {
  const parsed = Scenario.safeParse(readJson(path));
  if (parsed.success) return parsed.data;
  throw new InvalidScenario(path, describeInvalidFields(parsed.error));
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as unknown;
  } catch (error) {
    throw new InvalidScenario(path, (error as Error).message);
  }
}
