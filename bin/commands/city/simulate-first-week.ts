import { addFaults } from '../../../localstack/embedded/city/count-serving-faults.ts';
import { type City, firstWeek } from '../../../localstack/embedded/city/first-week-pipeline-and-twins.ts';
import { guardSentences } from '../../../localstack/embedded/city/policy-comparison-report.ts';
import {
  type CityState,
  cityStateFile,
  resume,
} from '../../../localstack/embedded/city/state/persist-size-and-phase.ts';
import { checkRequiredFiles } from '../../../localstack/embedded/storage/record-and-check-required-files.ts';
import { lockWorld } from '../../../localstack/embedded/storage/replace-world.ts';
import { cityProgress } from '../../console/city-progress.ts';
import { untilInterrupted } from '../../console/stop-on-interrupt.ts';
import type { Terminal } from '../../console/terminal.ts';
import { DEFAULT_SIZE, givenSize, type SizeOptions } from '../../home/city-size-command-line-options.ts';
import { useTemporaryFolder } from '../../home/put-temporary-files-under-home.ts';
import { CITY, homeAt } from '../../home/world-folders-and-current-world.ts';

export interface SimulateOptions extends SizeOptions {
  readonly home: string;
  readonly json?: boolean;
}

/**
 * Simulates the first days of the city, without training a model, and prints the event-log hash. The same options and
 * code give the same hash.
 */
export async function simulate(options: SimulateOptions, terminal: Terminal): Promise<number> {
  const home = homeAt(options.home);
  const dataDir = home.world(CITY);
  // Before the state is read, because another process could change it in between.
  using lock = lockWorld(dataDir);
  using _temporary = useTemporaryFolder(home.folder);
  checkRequiredFiles(dataDir);
  const file = cityStateFile(dataDir);
  const state = resume(file.read(), givenSize(options), DEFAULT_SIZE);
  file.write(state);
  home.makeCurrent(CITY);
  return await untilInterrupted(terminal, async (signal) => {
    const listener = cityProgress(terminal, performance.now());
    const simulated =
      state.phase === 'first-week' ? await run({ dataDir, lock, size: state.size, listener, signal }, state) : state;
    file.write(simulated);
    print(simulated, options.json === true, terminal);
    return 0;
  });
}

/** Simulates the remaining hours of the first days. */
async function run(city: City, state: CityState): Promise<CityState> {
  const { eventLogHash, faults } = await firstWeek(city);
  return { ...state, eventLogHash, firstWeek: addFaults(state.firstWeek, faults) };
}

function print({ size, eventLogHash = '', firstWeek }: CityState, json: boolean, terminal: Terminal): void {
  if (json) {
    terminal.out(JSON.stringify({ ...size, eventLogHash, firstWeek }));
    return;
  }
  terminal.out(`Event-log hash: ${eventLogHash}`);
  for (const line of guardSentences({ firstWeek, policies: {} })) terminal.out(line);
}
