import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import type { Terminal } from '../console/terminal.ts';
import type { CitySeam, StartedSeam } from './city-seam-types.ts';
import { failureMessages } from './print-learners-failures-and-alerts.ts';

/** Loads the learner's file of one seam, whenever it is selected. */
export interface Loader extends Disposable {
  /**
   * Loads the file, or restores the reference if there is no path. A file that runs already, and has not changed, is
   * not loaded again. Never rejects.
   */
  follow(path: string | undefined): Promise<void>;
}

interface Context {
  readonly terminal: Pick<Terminal, 'say'>;
  readonly onError: (error: unknown) => void;
  readonly warnOnce: () => Promise<void>;
  /** Puts a started file in use, or the reference. @returns whether a learner's file was in use before */
  readonly replace: (seam: StartedSeam | undefined) => boolean;
  /** Called when the counts of the file in use have changed. */
  readonly onStatus: () => void;
}

/** Milliseconds between two polls of a file that the reference has replaced. */
const POLL_EVERY_MS = 1_000;

/** Returns a loader. A load does not wait for an earlier one that hangs, and its result replaces the earlier one's. */
export function seamLoader(city: CitySeam, { terminal, onError, warnOnce, replace, onStatus }: Context): Loader {
  const { label, start } = city;
  /** Number of the newest load, and of the load whose file is in use. */
  let [newest, used] = [0, 0];
  let running: { readonly path: string; readonly text: string; readonly status: StartedSeam['status'] } | undefined;
  const replaced = replacedFile((path) => void load(path));
  const startAndUse = async (path: string, id: number): Promise<void> => {
    await warnOnce();
    const text = readFileSync(path, 'utf8');
    const print = failureMessages(city, terminal);
    const seam = await start(path, (status) => {
      if (id !== used) return;
      print(status);
      onStatus();
      if (status.runs === 'reference' && id === newest) replaced.watch(path);
    });
    if (id !== newest) return seam[Symbol.dispose]();
    used = id;
    running = { path, text, status: seam.status };
    replace(seam);
    terminal.say(`The city uses your ${label}.`);
  };
  const load = async (path: string | undefined): Promise<void> => {
    newest++;
    const id = newest;
    replaced.watch(undefined);
    if (path !== undefined) {
      return startAndUse(path, id).catch((error: unknown) => void (id === newest && onError(error)));
    }
    used = id;
    running = undefined;
    if (replace(undefined)) terminal.say(`The city uses the reference implementation of ${label}.`);
  };
  const isRunning = (path: string): boolean =>
    running?.path === path && running.text === textOf(path) && running.status().runs === 'learner';
  return {
    follow: async (path) => {
      if (path === undefined ? newest > 0 : !isRunning(path)) await load(path);
    },
    [Symbol.dispose]: () => {
      newest++;
      replaced.watch(undefined);
    },
  };
}

/** Returns the content of a file, or undefined if it cannot be read. */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Watches at most one file: the one that the reference has replaced. @param onChange is called when it changes */
function replacedFile(onChange: (path: string) => void) {
  let current: string | undefined;
  const changed = () => void (current !== undefined && onChange(current));
  return {
    watch(path: string | undefined): void {
      if (path === current) return;
      if (current !== undefined) unwatchFile(current, changed);
      current = path;
      if (path !== undefined) watchFile(path, { interval: POLL_EVERY_MS, persistent: false }, changed);
    },
  };
}
