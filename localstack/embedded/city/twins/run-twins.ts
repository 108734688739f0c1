import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { liftOver, policyResult } from '../../../../functions/universe/engine/compute-policy-result-and-lift.ts';
import type { TwinName, TwinsReport } from '../policy-comparison-report.ts';
import type { CitySize } from '../state/persist-size-and-phase.ts';
import { forkWorld } from './fork-world.ts';
import type { TwinResult, TwinTask } from './simulate-twin-in-forked-world.ts';
import type { TwinMessage } from './twin-worker.ts';

export interface TwinsOptions {
  /** Folder of the world that is forked; it must be closed. */
  readonly dataDir: string;
  readonly size: CitySize;
  /** Without a champion, its twin is omitted. */
  readonly hasChampion: boolean;
  readonly onDay?: (policy: TwinName, day: number, sessions: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Simulates the next period of the same city once under each policy, with the same agents and random numbers. Each twin is a
 * complete system in a forked world and a separate thread; as many run in parallel as there are processors.
 */
export async function runTwins({ dataDir, size, hasChampion, onDay, signal }: TwinsOptions): Promise<TwinsReport> {
  // The slowest twin starts first, so that the threads end at about the same time.
  const names: TwinName[] = [...(hasChampion ? (['champion'] as const) : []), 'random', 'popular', 'oracle'];
  const folder = join(dataDir, 'twins');
  const results = new Map<TwinName, TwinResult>();
  const queue = [...names];
  const next = async (): Promise<void> => {
    for (let policy = queue.shift(); policy; policy = queue.shift()) {
      const twin: TwinTask = { policy, dataDir: join(folder, policy), size, days: size.days };
      forkWorld(dataDir, twin.dataDir);
      results.set(policy, await runTwin(twin, onDay, signal));
      rmSync(twin.dataDir, { recursive: true, force: true });
    }
  };
  await Promise.all(Array.from({ length: Math.min(names.length, availableParallelism()) }, next));
  return reportOf(names, results, size.days);
}

/** Runs one twin in a separate thread. */
export function runTwin(task: TwinTask, onDay?: TwinsOptions['onDay'], signal?: AbortSignal): Promise<TwinResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./twin-worker.ts', import.meta.url), { workerData: task });
    const stop = () => void worker.terminate();
    signal?.addEventListener('abort', stop, { once: true });
    worker.on('message', (message: TwinMessage) => {
      if (message.kind === 'done') resolve(message);
      else onDay?.(task.policy, message.day, message.sessions);
    });
    worker.on('error', reject);
    worker.on('exit', () => {
      signal?.removeEventListener('abort', stop);
      reject(signal?.aborted ? signal.reason : new Error(`the twin under the policy ${task.policy} ended early`));
    });
  });
}

function reportOf(names: readonly TwinName[], results: ReadonlyMap<TwinName, TwinResult>, days: number): TwinsReport {
  const policies = Object.fromEntries(
    names.flatMap((name) => {
      const result = results.get(name);
      return result ? [[name, { ...policyResult(result.outcomes, days), ...result.faults }]] : [];
    }),
  );
  const outcomesOf = (name: TwinName) => results.get(name)?.outcomes;
  const [popular, champion, oracle] = [outcomesOf('popular'), outcomesOf('champion'), outcomesOf('oracle')];
  return popular && champion && oracle ? { policies, lift: liftOver(popular, champion, oracle) } : { policies };
}
