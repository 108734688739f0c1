import { join } from 'node:path';
import { z } from 'zod';
import { readIfThere, writeAtomic } from '../storage/write-atomically-and-read-json.ts';
import type { LiveView } from './live-message-types.ts';

/** The parts of the view that survive a restart. */
export type History = Pick<LiveView, 'hours' | 'runs' | 'champion' | 'twins'>;

const StoredHistory = z.strictObject({
  formatVersion: z.literal(1),
  history: z.custom<History>((value) => Array.isArray((value as History | null)?.hours)),
});
const EMPTY: History = { hours: [], runs: [], champion: null, twins: null };

/** Stores the page's history in one file of the world's folder. Each write replaces the file atomically. */
export function historyFile(worldFolder: string) {
  const path = join(worldFolder, 'cockpit', 'history.json');
  return {
    /** Returns the stored history. A file in another format is ignored: the history starts empty. */
    read(): History {
      const bytes = readIfThere(path);
      const stored = bytes && StoredHistory.safeParse(parsed(bytes.toString('utf8')));
      return stored?.success ? withoutRunning(stored.data.history) : EMPTY;
    },
    write: (history: History) =>
      writeAtomic(
        path,
        Buffer.from(JSON.stringify({ formatVersion: 1, history } satisfies z.input<typeof StoredHistory>)),
      ),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Marks runs that were interrupted with their process as ABORTED. */
const withoutRunning = (history: History): History => ({
  ...history,
  runs: history.runs.map((run) =>
    run.status === 'RUNNING' ? { ...run, status: 'ABORTED', verdict: 'the process that ran it ended' } : run,
  ),
});
