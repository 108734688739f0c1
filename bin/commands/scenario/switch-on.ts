import { BrickError } from '#domain/core/brick-error.ts';
import { SCENARIOS_PATH, ScenariosOn } from '../../../localstack/embedded/city/scenarios/scenario-api-schemas.ts';
import { homeOption } from '../../console/repeat-options-in-advised-commands.ts';
import type { Terminal } from '../../console/terminal.ts';
import { requestCity } from '../../home/request-running-city.ts';
import { snapshotBefore } from '../../home/save-world-snapshot.ts';
import { scenarioOf } from '../../home/scenario-by-name-or-json-path.ts';
import { period, type ScenarioOptions } from './format-scenario-period.ts';

class CityNotReady extends BrickError {
  override readonly code = 'BRICK_CITY_BUSY';
  constructor() {
    super({
      what: 'scenarios cannot be switched now',
      why: 'the city switches scenarios only after the first week, the pipeline run and the comparison of the policies',
      fix: 'Retry when the page of the city shows the phase "Running"',
    });
  }
}

/**
 * Switches a scenario on in the running city, from the next simulated hour on. Saves an automatic snapshot first.
 *
 * @throws UnknownScenario, InvalidScenario, NoCityRunning, CityRejected
 */
export async function switchOn(
  nameOrFile: string,
  { home, json, snapshot = true }: ScenarioOptions & { readonly snapshot?: boolean },
  terminal: Terminal,
): Promise<number> {
  const { name, scenario } = scenarioOf(nameOrFile);
  await requireRunning(home);
  if (snapshot) await snapshotBefore(`scenario on ${name}`, home, terminal);
  const body = { name, scenario };
  const state = await requestCity(home, { method: 'POST', path: SCENARIOS_PATH, body, reply: ScenariosOn });
  if (json) {
    terminal.out(JSON.stringify(state));
    return 0;
  }
  const switched = state.scenarios.filter((each) => each.name === name);
  for (const each of switched) terminal.out(`The scenario ${name} is on, ${period(each)} (city time).`);
  terminal.out(`  Switch it off  npx agentbricks scenario off ${name}${homeOption(home)}`);
  return 0;
}

/** Rejects a city in which nothing can be switched, before a snapshot is saved. */
async function requireRunning(home: string): Promise<void> {
  const { isRunning } = await requestCity(home, { method: 'GET', path: SCENARIOS_PATH, reply: ScenariosOn });
  if (!isRunning) throw new CityNotReady();
}
