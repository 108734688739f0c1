import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { FolderLock } from '#adapters/sqlite/folder-lock.ts';
import { latestIngest } from '../city/state/find-latest-ingest-time.ts';
import { simulatedClock } from '../city/state/simulated-clock.ts';
import { openRuntime } from '../host/open-runtime.ts';
import { lockWorld } from '../storage/replace-world.ts';
import { type DataSet, findDataSet } from './find-data-set-files.ts';
import { OtherDataSet, RejectedByApi } from './import-errors.ts';
import { type RatingConverter, ratingConverter } from './ratings-to-events.ts';
import { importStateFile, isSameData } from './read-and-write-imported-data-set-hash.ts';
import { type Replayed, type ReplayPorts, replay } from './replay-events.ts';
import { type Staged, sortedRatings, stage, stopAtFault } from './validate-and-sort-data-set.ts';
import { type RejectedLines, rejectedLines } from './write-rejected-lines.ts';

export type OnError = 'stop' | 'skip';

export interface ImportInput {
  /** A folder, or a ratings file. */
  readonly path: string;
  readonly world: { readonly name: string; readonly folder: string };
  /** `stop`: an invalid line ends the import before any event is in the log. `skip`: invalid lines are skipped and listed. */
  readonly onError: OnError;
  /** Wall-clock time, UTC epoch milliseconds; no rating may be newer. */
  readonly startedAt: number;
  readonly onProgress?: (progress: ImportProgress) => void;
  readonly signal?: AbortSignal;
}

export type ImportProgress =
  | { readonly stage: 'reading'; readonly ratings: number }
  | { readonly stage: 'replaying'; readonly ratings: number; readonly expected: number; readonly events: Replayed };

export interface ImportSummary {
  readonly world: string;
  readonly dialect: string;
  readonly users: number;
  readonly titles: number;
  readonly ratings: number;
  /** Lines that duplicate another line. */
  readonly repeatedLines: number;
  /** First and last rating, UTC epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly events: Replayed;
  /**
   * Number of skipped lines and events, and the path of the file that lists them with reasons; null if there are none.
   */
  readonly leftOut: { readonly count: number; readonly file: string | null };
}

/**
 * Imports a real data set into a world. All files are read and validated first; then the events are posted to the
 * ingestion API, with the service's clock set to their times. Repeating an import adds only missing events.
 *
 * @throws NoDataSet, FolderInUse, UnreadableFile, BrokenHeader, BrokenLine, OtherDataSet, RejectedByApi, ApiFailed, Interrupted
 */
export async function importMovieLens(input: ImportInput): Promise<ImportSummary> {
  const dataSet = await findDataSet(input.path);
  // Two imports into one world would write to the same staging folder, so the world is locked before anything is read.
  using lock = lockWorld(input.world.folder);
  const staging = join(input.world.folder, 'staging');
  const rejectedFile = join(input.world.folder, 'refused-lines.tsv');
  await rm(rejectedFile, { force: true });
  const rejected = rejectedLines(rejectedFile);
  try {
    const staged = await stage(dataSet, {
      folder: staging,
      latest: input.startedAt,
      onFault: input.onError === 'stop' ? stopAtFault : rejected.add,
      onProgress: (ratings) => input.onProgress?.({ stage: 'reading', ratings }),
      signal: input.signal,
    });
    const converter = ratingConverter(staged.overview);
    const events = await replayInto(input, { dataSet, staged, converter, rejected, lock });
    return summary(input, { dataSet, staged, converter, rejected, lock }, { events, rejectedFile });
  } finally {
    rejected.close();
    await rm(staging, { recursive: true, force: true });
  }
}

interface Importing {
  readonly dataSet: DataSet;
  readonly staged: Staged;
  readonly converter: RatingConverter;
  readonly rejected: RejectedLines;
  /** The world is locked until the import ends. */
  readonly lock: FolderLock;
}

async function replayInto({ world, onError, onProgress, signal }: ImportInput, importing: Importing) {
  const { dataSet, staged, converter, rejected, lock } = importing;
  const file = importStateFile(world.folder);
  const stored = file.read();
  const name = dataSet.dialect.name;
  const state = { formatVersion: 1, dialect: name, path: dataSet.ratings, sha256: staged.sha256 } as const;
  if (stored && !isSameData(stored, state)) throw new OtherDataSet(world.name, stored.path, state.path);
  const clock = simulatedClock(staged.overview.from);
  await using runtime = await openRuntime({ dataDir: world.folder, now: clock.now, lock });
  // Events in the log keep their ingest times, so the clock continues after the latest one.
  clock.set((await latestIngest(runtime.ports.eventLog)) ?? staged.overview.from);
  file.write(state);
  const ports: ReplayPorts = {
    api: runtime.api,
    setClock: clock.set,
    settle: runtime.settle,
    onRejected: ({ event, file: kind, line }, reason) => {
      const place = { file: basename(dataSet[kind] ?? dataSet.ratings), line };
      if (onError === 'stop') throw new RejectedByApi(place, reason);
      rejected.addEvent(event, place, reason);
    },
    onProgress: (events) =>
      onProgress?.({ stage: 'replaying', ratings: converter.converted(), expected: staged.ratings, events }),
    signal,
  };
  return await replay(sortedRatings(staged), converter, ports);
}

function summary(
  { world }: ImportInput,
  { dataSet, staged, converter, rejected }: Importing,
  { events, rejectedFile }: { readonly events: Replayed; readonly rejectedFile: string },
): ImportSummary {
  const { titles, firstRated, users, from, to } = staged.overview;
  return {
    world: world.name,
    dialect: dataSet.dialect.name,
    users,
    titles: new Set([...titles.keys(), ...firstRated.keys()]).size,
    ratings: staged.ratings - converter.duplicates(),
    repeatedLines: converter.duplicates(),
    from,
    to,
    events,
    leftOut: { count: rejected.count(), file: rejected.count() === 0 ? null : rejectedFile },
  };
}
