import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { latestIngest } from '../city/state/latest-ingest.ts';
import { simulatedClock } from '../city/state/simulated-clock.ts';
import { openRuntime } from '../host/runtime.ts';
import { type DataSet, findDataSet } from './find-data-set.ts';
import { OtherDataSet, RejectedByApi } from './import-errors.ts';
import { importStateFile, isSameData } from './import-state.ts';
import { type RatingConverter, ratingConverter } from './ratings-to-events.ts';
import { type RejectedLines, rejectedLines } from './rejected-lines.ts';
import { type Replayed, type ReplayPorts, replay } from './replay-events.ts';
import { type Staged, sortedRatings, stage, stopAtFault } from './stage-data-set.ts';

export type OnError = 'stop' | 'skip';

export interface ImportInput {
  /** A folder, or a file of ratings. */
  readonly path: string;
  readonly world: { readonly name: string; readonly folder: string };
  /** `stop`: a broken line ends the import before anything of it is in. `skip`: it is left out and written down. */
  readonly onError: OnError;
  /** The wall clock, UTC epoch milliseconds: no rating is newer. */
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
  /** Lines that repeat another line in full. */
  readonly repeatedLines: number;
  /** First and last rating, UTC epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly events: Replayed;
  /** Lines and events that were left out, and the file that says which and why. */
  readonly leftOut: { readonly count: number; readonly file: string | null };
}

/**
 * A real data set, from its files into a world: read through and checked first, then told to the ingestion API as events
 * at their own times. Doing it again adds what is missing and nothing else.
 *
 * @throws NoDataSet, UnreadableFile, BrokenHeader, BrokenLine, OtherDataSet, RejectedByApi, ApiFailed, Interrupted
 */
export async function importMovieLens(input: ImportInput): Promise<ImportSummary> {
  const dataSet = await findDataSet(input.path);
  const staging = join(input.world.folder, 'staging');
  const refusedFile = join(input.world.folder, 'refused-lines.tsv');
  await rm(refusedFile, { force: true });
  const refused = rejectedLines(refusedFile);
  try {
    const staged = await stage(dataSet, {
      folder: staging,
      latest: input.startedAt,
      onFault: input.onError === 'stop' ? stopAtFault : refused.add,
      onProgress: (ratings) => input.onProgress?.({ stage: 'reading', ratings }),
      signal: input.signal,
    });
    const history = ratingConverter(staged.overview);
    const events = await replayInto(input, { dataSet, staged, history, refused });
    return summary(input, { dataSet, staged, history, refused }, { events, refusedFile });
  } finally {
    refused.close();
    await rm(staging, { recursive: true, force: true });
  }
}

interface Importing {
  readonly dataSet: DataSet;
  readonly staged: Staged;
  readonly history: RatingConverter;
  readonly refused: RejectedLines;
}

async function replayInto({ world, onError, onProgress, signal }: ImportInput, importing: Importing) {
  const { dataSet, staged, history, refused } = importing;
  const file = importStateFile(world.folder);
  const kept = file.read();
  const name = dataSet.dialect.name;
  const state = { formatVersion: 1, dialect: name, path: dataSet.ratings, sha256: staged.sha256 } as const;
  if (kept && !isSameData(kept, state)) throw new OtherDataSet(world.name, kept.path, state.path);
  const clock = simulatedClock(staged.overview.from);
  await using runtime = await openRuntime({ dataDir: world.folder, now: clock.now });
  // What was taken in before was taken in at its time: the clock goes on from there.
  clock.set((await latestIngest(runtime.ports.eventLog)) ?? staged.overview.from);
  file.write(state);
  const ports: ReplayPorts = {
    api: runtime.api,
    setClock: clock.set,
    settle: runtime.settle,
    onRejected: ({ event, file: kind, line }, reason) => {
      const place = { file: basename(dataSet[kind] ?? dataSet.ratings), line };
      if (onError === 'stop') throw new RejectedByApi(place, reason);
      refused.addEvent(event, place, reason);
    },
    onProgress: (events) =>
      onProgress?.({ stage: 'replaying', ratings: history.told(), expected: staged.ratings, events }),
    signal,
  };
  return await replay(sortedRatings(staged), history, ports);
}

function summary(
  { world }: ImportInput,
  { dataSet, staged, history, refused }: Importing,
  { events, refusedFile }: { readonly events: Replayed; readonly refusedFile: string },
): ImportSummary {
  const { titles, firstRated, users, from, to } = staged.overview;
  return {
    world: world.name,
    dialect: dataSet.dialect.name,
    users,
    titles: new Set([...titles.keys(), ...firstRated.keys()]).size,
    ratings: staged.ratings - history.repeated(),
    repeatedLines: history.repeated(),
    from,
    to,
    events,
    leftOut: { count: refused.count(), file: refused.count() === 0 ? null : refusedFile },
  };
}
