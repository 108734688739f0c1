import { DAY, dayOf } from '#domain/core/time.ts';
import {
  type ImportSummary,
  importMovieLens,
  type OnError,
} from '../../../localstack/embedded/import/import-movielens.ts';
import { count, seconds } from '../../console/format-values-and-tables.ts';
import { importProgress } from '../../console/print-import-progress-in-terminal.ts';
import { homeOption } from '../../console/repeat-options-in-advised-commands.ts';
import { untilInterrupted } from '../../console/stop-on-interrupt.ts';
import type { Terminal } from '../../console/terminal.ts';
import { useTemporaryFolder } from '../../home/put-temporary-files-under-home.ts';
import { homeAt } from '../../home/world-folders-and-current-world.ts';

export interface ImportOptions {
  readonly home: string;
  readonly world: string;
  readonly onError: OnError;
  readonly json?: boolean;
}

/** Imports a MovieLens data set into a separate world and makes that world the current one. */
export async function importCommand(path: string, options: ImportOptions, terminal: Terminal): Promise<number> {
  const home = homeAt(options.home);
  const world = { name: options.world, folder: home.world(options.world) };
  using _temporary = useTemporaryFolder(home.folder);
  return await untilInterrupted(terminal, async (signal) => {
    const started = performance.now();
    const onProgress = importProgress(terminal);
    const { onError } = options;
    const summary = await importMovieLens({ path, world, onError, startedAt: Date.now(), onProgress, signal });
    home.makeCurrent(world.name);
    const tookMs = Math.round(performance.now() - started);
    if (options.json) terminal.out(JSON.stringify({ ...summary, tookMs }));
    else for (const line of summaryLines(summary, tookMs, options.home)) terminal.out(line);
    return 0;
  });
}

function summaryLines(summary: ImportSummary, tookMs: number, home: string): string[] {
  const { users, titles, ratings, repeatedLines, from, to, events, leftOut } = summary;
  const days = count(Math.ceil((to - from) / DAY));
  return [
    `${summary.dialect}: ${count(users)} users, ${count(titles)} titles, ${count(ratings)} ratings`,
    `from ${dayOf(from)} to ${dayOf(to)} (${days} days)`,
    `${count(events.accepted)} events accepted, ${count(events.alreadyThere)} already in the log (${seconds(tookMs)})`,
    ...(repeatedLines > 0 ? [`repeated lines: ${count(repeatedLines)} (each counts once)`] : []),
    ...(leftOut.file === null
      ? []
      : [`skipped lines: ${count(leftOut.count)} (listed with reasons in ${leftOut.file})`]),
    `The current world is now ${summary.world}. Next: npx agentbricks pipeline${homeOption(home)}`,
  ];
}
