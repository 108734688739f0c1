import type { WorkflowRun } from '#ports/workflow.ts';
import { readJson, writeAtomic } from './write-atomically-and-read-json.ts';

const MAX_RUNS = 200;

/** Stores pipeline runs in one file. Runs that were running when their process ended are marked ABORTED on loading. */
export function runStore(path: string) {
  const runs = new Map(read(path).map((run) => [run.runId, run]));
  return {
    get: (runId: string): WorkflowRun | undefined => runs.get(runId),
    newest: (limit: number): WorkflowRun[] => [...runs.values()].reverse().slice(0, limit),
    put(run: WorkflowRun): void {
      runs.set(run.runId, run);
      const [oldest] = runs.keys();
      if (runs.size > MAX_RUNS && oldest !== undefined) runs.delete(oldest);
      writeAtomic(path, Buffer.from(JSON.stringify([...runs.values()])));
    },
  };
}
export type RunStore = ReturnType<typeof runStore>;

function read(path: string): WorkflowRun[] {
  const stored = readJson(path, (content) => content as WorkflowRun[]) ?? [];
  const interrupted = { status: 'ABORTED', error: 'the process that ran it ended' } as const;
  return stored.map((run) => (run.status === 'RUNNING' ? { ...run, ...interrupted } : run));
}
