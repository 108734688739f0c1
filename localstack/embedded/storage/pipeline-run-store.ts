import type { WorkflowRun } from '#ports/workflow.ts';
import { readJson, writeAtomic } from './atomic-file.ts';

const KEPT = 200;

/** Stores pipeline runs in one file. Runs that were interrupted with their process are marked ABORTED. */
export function runStore(path: string) {
  const kept = new Map(read(path).map((run) => [run.runId, run]));
  return {
    get: (runId: string): WorkflowRun | undefined => kept.get(runId),
    newest: (limit: number): WorkflowRun[] => [...kept.values()].reverse().slice(0, limit),
    put(run: WorkflowRun): void {
      kept.set(run.runId, run);
      const [oldest] = kept.keys();
      if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
      writeAtomic(path, Buffer.from(JSON.stringify([...kept.values()])));
    },
  };
}
export type RunStore = ReturnType<typeof runStore>;

function read(path: string): WorkflowRun[] {
  const runs = readJson(path, (content) => content as WorkflowRun[]) ?? [];
  const interrupted = { status: 'ABORTED', error: 'the process that ran it ended' } as const;
  return runs.map((run) => (run.status === 'RUNNING' ? { ...run, ...interrupted } : run));
}
