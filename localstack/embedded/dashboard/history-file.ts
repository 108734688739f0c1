import { join } from 'node:path';
import { z } from 'zod';
import { readIfThere, writeAtomic } from '../storage/atomic-file.ts';
import type { LiveView } from './messages.ts';

/** What of the view outlives the process. */
export type History = Pick<LiveView, 'hours' | 'runs' | 'champion' | 'twins'>;

const Kept = z.strictObject({
  formatVersion: z.literal(1),
  history: z.custom<History>((value) => Array.isArray((value as History | null)?.hours)),
});
const EMPTY: History = { hours: [], runs: [], champion: null, twins: null };

/** The page's past, in one file of the world's folder that is replaced at once. */
export function historyFile(worldFolder: string) {
  const path = join(worldFolder, 'cockpit', 'history.json');
  return {
    /** What was kept. A file of another format is nothing worth an error: the page begins anew. */
    read(): History {
      const bytes = readIfThere(path);
      const kept = bytes && Kept.safeParse(parsed(bytes.toString('utf8')));
      return kept?.success ? withoutRunning(kept.data.history) : EMPTY;
    },
    write: (history: History) =>
      writeAtomic(path, Buffer.from(JSON.stringify({ formatVersion: 1, history } satisfies z.input<typeof Kept>))),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A run that was running when the process ended does not run any more. */
const withoutRunning = (history: History): History => ({
  ...history,
  runs: history.runs.map((run) =>
    run.status === 'RUNNING' ? { ...run, status: 'ABORTED', verdict: 'the process that ran it ended' } : run,
  ),
});
