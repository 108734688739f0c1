import { firstWeek } from '../../localstack/embedded/city/phases.ts';
import { cityStateFile, resume } from '../../localstack/embedded/city/state.ts';
import { cityProgress } from '../city-progress.ts';
import { CITY, homeAt } from '../home.ts';
import { untilInterrupted } from '../interrupt.ts';
import type { Terminal } from '../terminal.ts';
import { type AskedSize, DEFAULT_SIZE, sizeOf } from './up.ts';

export interface SimulateOptions extends AskedSize {
  readonly home: string;
  readonly json?: boolean;
}

/** The first stretch alone; the same seed and code print the same hash. */
export async function simulate(options: SimulateOptions, terminal: Terminal): Promise<number> {
  const home = homeAt(options.home);
  const dataDir = home.world(CITY);
  const file = cityStateFile(dataDir);
  const state = resume(file.read(), sizeOf(options), DEFAULT_SIZE);
  file.write(state);
  home.makeCurrent(CITY);
  return untilInterrupted(terminal, async (signal) => {
    const listener = cityProgress(terminal, performance.now());
    const eventLogHash =
      state.phase === 'first-week'
        ? (await firstWeek({ dataDir, size: state.size, listener, signal })).eventLogHash
        : (state.eventLogHash ?? '');
    file.write({ ...state, eventLogHash });
    terminal.out(options.json ? JSON.stringify({ ...state.size, eventLogHash }) : `Event-log hash: ${eventLogHash}`);
    return 0;
  });
}
