import type { WorkflowRun } from '#ports/workflow.ts';
import { readJson, writeAtomic } from './write-atomically-and-read-json.ts';

const MAX_RUNS = 200;

/** Stores pipeline runs in one file. Runs that were running when their process ended are marked ABORTED on loading. */
export function runStore(path: string) {
  const runs = new Map(read(path).map((run) => [run.runId, interrupted(run)]));
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

/** Returns the newest run in the file. Without a process that runs the world, a run that has not ended is ABORTED. */
export function newestRun(path: string, isWorldRunning: boolean): WorkflowRun | undefined {
  const newest = read(path).at(-1);
  return newest && (isWorldRunning ? newest : interrupted(newest));
}

function read(path: string): WorkflowRun[] {
  return readJson(path, (content) => content as WorkflowRun[]) ?? [];
}

const interrupted = (run: WorkflowRun): WorkflowRun =>
  run.status === 'RUNNING' ? { ...run, status: 'ABORTED', error: 'the process that ran it ended' } : run;
