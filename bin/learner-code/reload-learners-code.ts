import { unwatchFile, watchFile } from 'node:fs';
import { watchSeams } from '#adapters/composition/read-and-watch-seams-json.ts';
import { validateEvent } from '../../functions/data-collection/validate-event.ts';
import type { FunctionStatus } from '../../localstack/embedded/host/learner-code/fall-back-to-reference.ts';
import {
  type LearnersValidator,
  validateWithLearnersCode,
} from '../../localstack/embedded/host/learner-code/validate-with-learners-code.ts';
import type { Runtime } from '../../localstack/embedded/host/runtime.ts';
import { confinementLevel } from '../../stories/academy/confinement/confinement-level.ts';
import type { Terminal } from '../console/terminal.ts';
import { failureMessages } from './print-learners-function-failures.ts';
import { startContainedFunction } from './start-function-in-confined-process.ts';

type Serving = Pick<Runtime, 'useSeams'> | undefined;
type OnStatus = (statuses: readonly FunctionStatus[]) => void;

export interface SeamsFollower extends Disposable {
  /** Sets the serving runtime. It receives the learner's functions immediately, and again after each change. */
  lead(runtime: Serving): void;
}

/** Milliseconds between two polls of a file that the reference has replaced. */
const POLL_EVERY_MS = 1_000;

/**
 * Runs the learner's functions that the command `use` has selected, in confined processes, and loads them again after
 * each run of `use`. Resolves after the first load.
 *
 * @param onStatus receives the counts of the functions in use @default - they are not shown
 */
export async function followSeams(
  file: string,
  terminal: Pick<Terminal, 'say'>,
  onStatus: OnStatus = () => undefined,
): Promise<SeamsFollower> {
  const inUse = validatorInUse(onStatus);
  const loader = validatorLoader(inUse, terminal, onStatus);
  let first: Promise<void> = Promise.resolve();
  const onChange = ({ validateEvent: path }: { readonly validateEvent?: string }) => {
    first = loader.load(path);
  };
  const watch = watchSeams(file, onChange, loader.onError);
  await first;
  return {
    lead: inUse.lead,
    [Symbol.dispose]: () => {
      watch[Symbol.dispose]();
      loader[Symbol.dispose]();
      inUse.replace(undefined);
    },
  };
}

/** Passes the current validator to the serving runtime. */
function validatorInUse(onStatus: OnStatus) {
  let current: LearnersValidator | undefined;
  let serving: Serving;
  const use = () => serving?.useSeams(current ? { validateEvents: current.validateEvents } : {});
  return {
    lead: (runtime: Serving): void => {
      serving = runtime;
      use();
    },
    /** @returns whether there was a validator before */
    replace(next: LearnersValidator | undefined): boolean {
      const previous = current;
      current = next;
      use();
      onStatus([]);
      // A batch in progress ends first, or the reference validates the rest of it.
      previous?.[Symbol.dispose]();
      return previous !== undefined;
    },
  };
}

/** Loads validators. A load does not wait for an earlier one that hangs, and its result replaces the earlier one's. */
function validatorLoader(
  inUse: ReturnType<typeof validatorInUse>,
  terminal: Pick<Terminal, 'say'>,
  onStatus: OnStatus,
) {
  /** Number of the newest load, and of the load whose validator is in use. */
  let [newest, used] = [0, 0];
  const onError = (error: unknown) =>
    terminal.say(`✗ ${(error as Error).message} The city still uses the previous code.`);
  const replaced = replacedFile((path) => void load(path));
  const start = async (path: string, id: number): Promise<void> => {
    if (newest === 1) await warn(terminal);
    const contained = await startContainedFunction(path, 'validateEvent');
    if (id !== newest) return contained[Symbol.dispose]();
    const print = failureMessages(terminal);
    used = id;
    const validator = validateWithLearnersCode(contained, validateEvent, (status) => {
      if (id !== used) return;
      print(status);
      onStatus([status]);
      if (status.runs === 'reference' && id === newest) replaced.watch(path);
    });
    inUse.replace(validator);
    terminal.say('The city uses your validateEvent.');
  };
  const load = async (path: string | undefined): Promise<void> => {
    newest++;
    const id = newest;
    replaced.watch(undefined);
    if (path !== undefined) return start(path, id).catch((error: unknown) => void (id === newest && onError(error)));
    used = id;
    if (inUse.replace(undefined)) terminal.say('The city uses the reference implementation.');
  };
  const stop = (): void => {
    newest++;
    replaced.watch(undefined);
  };
  return { load, onError, [Symbol.dispose]: stop };
}

/** Prints which protection this machine lacks, if any. */
async function warn(terminal: Pick<Terminal, 'say'>): Promise<void> {
  const { warning } = await confinementLevel();
  if (warning !== undefined) terminal.say(`! ${warning}`);
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
