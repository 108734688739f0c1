import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BrickError } from '#domain/core/errors.ts';
import { EVENTS, EXPOSURES } from '#domain/events/topics.ts';
import type { Compaction } from '../../../functions/data-collection/compact/handler.ts';
import { forgetUser, type Traces } from '../../../functions/data-collection/forget/forget-user.ts';
import { type Days, replayDays } from '../../../functions/data-collection/lake/replay-days.ts';
import { isSound, verifyTopic } from '../../../functions/data-collection/lake/verify-topic.ts';
import { latestIngest } from '../../../localstack/embedded/city/state/latest-ingest.ts';
import { openRuntime, type Runtime } from '../../../localstack/embedded/host/runtime.ts';
import { filesWith, vacuum } from '../../../localstack/embedded/storage/verify-erasure.ts';
import { untilInterrupted } from '../../console/interrupt.ts';
import { type Terminal, table } from '../../console/terminal.ts';
import { homeAt } from '../../home/home.ts';
import { NoWorldYet } from '../city/recommend.ts';
import { backfillInto } from './post-events.ts';

export interface LakeOptions {
  readonly home: string;
  readonly world?: string;
  readonly json?: boolean;
}

const TOPICS = [EVENTS, EXPOSURES];
const FAILED = 1;
const number = (value: number) => value.toLocaleString('en-US');

/** Opens the world that is asked for; it must not be running. @throws NoWorldYet, FolderInUse */
async function inWorld<Result>(options: LakeOptions, work: (runtime: Runtime, dataDir: string) => Promise<Result>) {
  const home = homeAt(options.home);
  const world = options.world ?? home.currentWorld();
  const dataDir = home.world(world);
  if (!existsSync(join(dataDir, 'log.sqlite'))) throw new NoWorldYet(world);
  // A world's own clock, which stands where its last event came in.
  let now = Date.now();
  await using runtime = await openRuntime({ dataDir, now: () => now });
  now = ((await latestIngest(runtime.ports.eventLog)) ?? now) + 1;
  return await work(runtime, dataDir);
}

/** Merges small files, in as many runs as that takes, and one more to delete what they took the place of. */
export const lakeCompact = (options: LakeOptions, terminal: Terminal) =>
  inWorld(options, async ({ invoke }) => {
    let runs: Compaction[] = [];
    let began: Compaction[] | undefined;
    do {
      runs = (await invoke('compact', {})) as Compaction[];
      began ??= runs;
      for (const { topic, merged, left } of runs)
        terminal.progress(`  ${topic}: ${merged} files merged, ${left} merges left`);
    } while (runs.some(({ merged, deleted, left }) => merged + deleted + left > 0));
    const summary = runs.map(({ topic, after }, i) => ({ topic, before: began?.[i]?.before ?? after, after }));
    if (options.json) terminal.out(JSON.stringify(summary));
    else for (const { topic, before, after } of summary) terminal.out(`${topic}: ${before} files became ${after}`);
    return 0;
  });

/** Reads everything and says what is wrong. @returns 1 when something is */
export const lakeVerify = (options: LakeOptions, terminal: Terminal) =>
  inWorld(options, async ({ ports }) => {
    const found = [];
    for (const topic of TOPICS) found.push(await verifyTopic(topic, ports));
    if (options.json) terminal.out(JSON.stringify(found));
    else {
      const rows = found.map(
        ({ topic, files, rows: records, bytes, damaged, duplicated, missing, invented, repeats }) => [
          topic,
          ...[files, records, bytes, damaged.length, duplicated, missing, invented, repeats].map(number),
        ],
      );
      const header = ['', 'files', 'records', 'bytes', 'damaged', 'twice', 'missing', 'not in the log', 'repeats'];
      for (const line of table([header, ...rows])) terminal.out(line);
    }
    for (const { damaged } of found) for (const fault of damaged) terminal.say(fault);
    return found.every(isSound) ? 0 : FAILED;
  });

export interface LakeReplayOptions extends LakeOptions, Days {}

/** Writes days of the lake again from the log. */
export const lakeReplay = ({ from, to, ...options }: LakeReplayOptions, terminal: Terminal) =>
  inWorld(options, ({ ports }) =>
    untilInterrupted(terminal, async (signal) => {
      const written: Record<string, number> = {};
      const onFile = (key: string, rows: number) => terminal.progress(`  ${key}: ${number(rows)} records`);
      for (const topic of TOPICS) written[topic] = await replayDays(topic, { from, to }, { ...ports, onFile, signal });
      if (options.json) terminal.out(JSON.stringify({ from, to, written }));
      else
        for (const [topic, rows] of Object.entries(written))
          terminal.out(`${topic}: ${number(rows)} records written again`);
      return 0;
    }),
  );

/** Takes late events in from a file, by the API. */
export const lakeBackfill = (path: string, options: LakeOptions, terminal: Terminal) =>
  inWorld(options, (runtime) =>
    untilInterrupted(terminal, async (signal) => {
      const done = await backfillInto(runtime, path, {
        signal,
        onProgress: (sent) => terminal.progress(`  ${number(sent)} lines sent`),
      });
      for (const fault of done.faults) terminal.say(fault);
      if (options.json) terminal.out(JSON.stringify(done));
      else
        terminal.out(
          `${number(done.accepted)} taken in, ${number(done.duplicates)} known before, ${number(done.refused)} refused`,
        );
      return done.refused === 0 ? 0 : FAILED;
    }),
  );

export interface LakeForgetOptions extends LakeOptions {
  readonly user: string;
}

class StillThere extends BrickError {
  override readonly code = 'BRICK_STILL_THERE';
}

/** Forgets a user, and proves it. @throws StillThere when something is left */
export async function lakeForget({ user, ...options }: LakeForgetOptions, terminal: Terminal): Promise<number> {
  const { certificate, dataDir } = await inWorld(options, async ({ ports }, folder) => ({
    certificate: await forgetUser(user, ports),
    dataDir: folder,
  }));
  vacuum(dataDir);
  const files = await filesWith(dataDir, user);
  if (options.json) terminal.out(JSON.stringify({ ...certificate, files }));
  else {
    const { removed, remaining } = certificate;
    const row = (store: keyof Traces, what: string) => [what, number(removed[store]), number(remaining[store])];
    const rows = [row('log', 'records of the log'), row('lake', 'rows of Parquet'), row('tables', 'items of tables')];
    for (const line of table([['', 'removed', 'left'], ...rows])) terminal.out(line);
    terminal.out(`Seal: ${certificate.seal}`);
  }
  if (files.length === 0) return 0;
  throw new StillThere({
    what: `the letters of the id still stand in ${files.join(', ')}`,
    why: 'every store was read again and holds nothing of the user (see above): it is the same id of a title or an event, a universe’s memory of its own people, or a file that is not ours',
    fix: 'Look at each before you do anything; files under objects/ and *.sqlite are the service’s, and must stay',
  });
}
