import { DAY, dayOf } from '#domain/core/time.ts';
import {
  type ImportSummary,
  importMovieLens,
  type OnError,
} from '../../../localstack/embedded/import/import-movielens.ts';
import { importProgress } from '../../console/import-progress.ts';
import { untilInterrupted } from '../../console/interrupt.ts';
import { seconds, type Terminal } from '../../console/terminal.ts';
import { homeAt } from '../../home/home.ts';

export interface ImportOptions {
  readonly home: string;
  readonly world: string;
  readonly onError: OnError;
  readonly json?: boolean;
}

/** Takes a MovieLens data set into a world of its own, and makes that the current one. */
export async function importCommand(path: string, options: ImportOptions, terminal: Terminal): Promise<number> {
  const home = homeAt(options.home);
  const world = { name: options.world, folder: home.world(options.world) };
  return untilInterrupted(terminal, async (signal) => {
    const started = performance.now();
    const onProgress = importProgress(terminal);
    const { onError } = options;
    const summary = await importMovieLens({ path, world, onError, startedAt: Date.now(), onProgress, signal });
    home.makeCurrent(world.name);
    const tookMs = Math.round(performance.now() - started);
    if (options.json) terminal.out(JSON.stringify({ ...summary, tookMs }));
    else for (const line of summaryLines(summary, tookMs)) terminal.out(line);
    return 0;
  });
}

const counted = (count: number): string => count.toLocaleString('en-US');

function summaryLines(summary: ImportSummary, tookMs: number): string[] {
  const { users, titles, ratings, repeatedLines, from, to, events, leftOut } = summary;
  const days = counted(Math.ceil((to - from) / DAY));
  return [
    `${summary.dialect}: ${counted(users)} users, ${counted(titles)} titles, ${counted(ratings)} ratings`,
    `from ${dayOf(from)} to ${dayOf(to)} (${days} days)`,
    `${counted(events.accepted)} events taken in, ${counted(events.alreadyThere)} were there before (${seconds(tookMs)})`,
    ...(repeatedLines > 0 ? [`${counted(repeatedLines)} lines repeat another and count once`] : []),
    ...(leftOut.file === null ? [] : [`${counted(leftOut.count)} left out: ${leftOut.file} says which and why`]),
    `The world ${summary.world} is the current one. Next: agentbricks pipeline`,
  ];
}
