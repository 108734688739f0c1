import { SCENARIOS_PATH, ScenariosOn } from '../../../localstack/embedded/city/scenarios/scenario-api-schemas.ts';
import type { Terminal } from '../../console/terminal.ts';
import { requestCity } from '../../home/request-running-city.ts';
import type { ScenarioOptions } from './format-scenario-period.ts';

/**
 * Switches a scenario off in the running city, from the next simulated hour on.
 *
 * @param name @default - all scenarios
 * @throws NoCityRunning, CityRejected
 */
export async function switchOff(
  name: string | undefined,
  { home, json }: ScenarioOptions,
  terminal: Terminal,
): Promise<number> {
  const path = name === undefined ? SCENARIOS_PATH : `${SCENARIOS_PATH}/${encodeURIComponent(name)}`;
  const state = await requestCity(home, { method: 'DELETE', path, reply: ScenariosOn });
  if (json) terminal.out(JSON.stringify(state));
  else if (name === undefined) terminal.out('All scenarios are off.');
  else {
    const on = state.scenarios.map((each) => each.name).join(', ') || 'none';
    terminal.out(`The scenario ${name} is off. Still on: ${on}.`);
  }
  return 0;
}
