import { NAMED_SCENARIOS } from '#domain/universe/named-scenarios.ts';
import {
  SCENARIOS_PATH,
  ScenariosOn,
  type ScenarioView,
} from '../../../localstack/embedded/city/scenarios/scenario-api-schemas.ts';
import { viewOf } from '../../../localstack/embedded/city/scenarios/scenario-switch.ts';
import { switchedScenariosFile } from '../../../localstack/embedded/city/scenarios/switched-scenarios-file.ts';
import type { Terminal } from '../../console/terminal.ts';
import { NoCityRunning, requestCity } from '../../home/request-running-city.ts';
import { CITY, homeAt } from '../../home/world-folders-and-current-world.ts';
import { period, type ScenarioOptions } from './format-scenario-period.ts';

/** Prints the named scenarios, and which scenarios are on. Without a running city, prints those of the next start. */
export async function listScenarios({ home, json }: ScenarioOptions, terminal: Terminal): Promise<number> {
  const { isRunning, scenarios } = await currentState(home);
  if (json) {
    terminal.out(JSON.stringify({ isRunning, scenarios, named: NAMED_SCENARIOS }));
    return 0;
  }
  const own = scenarios.filter(({ name }) => !NAMED_SCENARIOS.some((named) => named.name === name));
  const rows = [...NAMED_SCENARIOS, ...own.map(({ name }) => ({ name, description: 'from a file' }))];
  const width = Math.max(...rows.map(({ name }) => name.length));
  for (const { name, description } of rows) {
    const on = scenarios.find((each) => each.name === name);
    terminal.out(`${on ? '●' : '○'} ${name.padEnd(width)}  ${description}${on ? ` · on ${period(on)}` : ''}`);
  }
  if (!isRunning) terminal.say('No city is running. The scenarios with ● are on when the next start resumes the city.');
  return 0;
}

interface State {
  readonly isRunning: boolean;
  readonly scenarios: readonly ScenarioView[];
}

async function currentState(home: string): Promise<State> {
  const stored = () => switchedScenariosFile(homeAt(home).world(CITY)).readOn().map(viewOf);
  try {
    const state = await requestCity(home, { method: 'GET', path: SCENARIOS_PATH, reply: ScenariosOn });
    return state.isRunning ? state : { ...state, scenarios: stored() };
  } catch (error) {
    if (!(error instanceof NoCityRunning)) throw error;
    return { isRunning: false, scenarios: stored() };
  }
}
