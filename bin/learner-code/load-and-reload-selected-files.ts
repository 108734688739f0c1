import { type SeamFilesInUse, type SeamName, watchSeams } from '#adapters/composition/read-and-watch-seams-json.ts';
import type { BatchSeams } from '#domain/events/all-bricks-seam-types.ts';
import type { FunctionStatus } from '../../localstack/embedded/host/learner-code/fall-back-to-reference.ts';
import type { Runtime } from '../../localstack/embedded/host/open-runtime.ts';
import { confinementLevel } from '../../stories/academy/confinement/find-strongest-confinement.ts';
import type { Terminal } from '../console/terminal.ts';
import type { CitySeam, StartedSeam } from './city-seam-types.ts';
import { type Loader, seamLoader } from './load-selected-file-or-reference.ts';
import { readTimesOfUse, type TimesOfUse } from './read-and-record-use-command-times.ts';
import { CITY_SEAMS } from './start-learners-seams.ts';

type Serving = Pick<Runtime, 'useSeams'> | undefined;
type OnStatus = (statuses: readonly FunctionStatus[]) => void;

export interface SeamsFollower extends Disposable {
  /** Sets the serving runtime. It receives the learner's functions immediately, and again after each change. */
  lead(runtime: Serving): void;
}

/**
 * Runs the learner's files that the command `use` has selected, in confined processes, and loads a file again after
 * each run of `use` for its step. Resolves after the first load.
 *
 * @param onStatus receives the counts of the files in use @default - they are not shown
 */
export async function followSeams(
  file: string,
  terminal: Pick<Terminal, 'say'>,
  onStatus: OnStatus = () => undefined,
): Promise<SeamsFollower> {
  const inUse = seamsInUse(onStatus);
  const onError = (error: unknown) =>
    terminal.say(`✗ ${(error as Error).message} The city still uses the previous code.`);
  const warnOnce = once(() => warn(terminal));
  const loaders = new Map<SeamName, Loader>(
    (Object.entries(CITY_SEAMS) as [SeamName, CitySeam][]).map(([name, city]) => [
      name,
      seamLoader(city, {
        ...{ terminal, onError, warnOnce },
        replace: (seam) => inUse.replace(name, seam),
        onStatus: inUse.report,
      }),
    ]),
  );
  let first: Promise<unknown> = Promise.resolve();
  const wasUsed = usedSince(file);
  const onChange = (files: SeamFilesInUse) => {
    const used = wasUsed(files);
    first = Promise.all([...loaders].map(([name, loader]) => used(name) && loader.follow(files[name])));
  };
  const watch = watchSeams(file, onChange, onError);
  await first;
  return {
    lead: inUse.lead,
    [Symbol.dispose]: () => {
      watch[Symbol.dispose]();
      for (const [name, loader] of loaders) {
        loader[Symbol.dispose]();
        inUse.replace(name, undefined);
      }
    },
  };
}

/**
 * Returns a function that tells for which seams `use` has run since its last call. A seam whose file has only been edited
 * is not among them: the edited file has not been checked.
 */
function usedSince(file: string) {
  let [lastFiles, lastTimes]: [SeamFilesInUse, TimesOfUse] = [{}, {}];
  return (files: SeamFilesInUse): ((name: SeamName) => boolean) => {
    const times = readTimesOfUse(file);
    const [beforeFiles, beforeTimes] = [lastFiles, lastTimes];
    [lastFiles, lastTimes] = [files, times];
    return (name) =>
      files[name] !== beforeFiles[name] || times[name] === undefined || times[name] !== beforeTimes[name];
  };
}

/** Passes the learner's files that are in use to the serving runtime. */
function seamsInUse(onStatus: OnStatus) {
  const current = new Map<SeamName, StartedSeam>();
  let serving: Serving;
  const use = () => {
    const seams = [...current.values()].map((each) => each.seams);
    serving?.useSeams(Object.assign({}, ...seams) as Partial<BatchSeams>);
  };
  const report = () => onStatus([...current.values()].map(({ status }) => status()));
  return {
    report,
    lead: (runtime: Serving): void => {
      serving = runtime;
      use();
    },
    /** @returns whether a learner's file was in use before */
    replace(name: SeamName, next: StartedSeam | undefined): boolean {
      const previous = current.get(name);
      if (next) current.set(name, next);
      else current.delete(name);
      use();
      report();
      // A batch in progress ends first, or the reference does the rest of it.
      previous?.[Symbol.dispose]();
      return previous !== undefined;
    },
  };
}

/** Prints which protection this machine lacks, if any. */
async function warn(terminal: Pick<Terminal, 'say'>): Promise<void> {
  const { warning } = await confinementLevel();
  if (warning !== undefined) terminal.say(`! ${warning}`);
}

/** Returns a function that does the work at its first call. */
function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}
