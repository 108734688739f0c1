import { Worker } from 'node:worker_threads';
import {
  type GeneratedDay,
  type Shard,
  universeHash,
} from '../../../../functions/universe/generate-shard/generate-shard.ts';
import { BLOCK } from '../../../../functions/universe/worlds/films/offline-simulation.ts';
import type { ShardMessage, ShardTask } from './shard-worker.ts';

export interface GenerateOptions {
  /** Threads, each with a shard of its own. */
  readonly workers: number;
  /** Where Parquet goes. @default - events are only counted and hashed */
  readonly folder?: string;
  /** One part of several, made in processes of their own: part `index` (from 1) of `of`. @default - everything */
  readonly part?: { readonly index: number; readonly of: number };
  readonly onDay?: (day: GeneratedDay) => void;
  readonly signal?: AbortSignal;
}

export interface Generated {
  readonly agents: number;
  readonly sessions: number;
  readonly events: number;
  /** Of the agents that were generated; of the whole universe, whatever its division, when all were. */
  readonly hash: string;
  /** Generated now and not found in the folder. */
  readonly seconds: number;
}

const MS = 1_000;

/** Generates a universe without a service, in as many threads as wanted; the result does not depend on their number. */
export async function generate(universe: Omit<Shard, 'from' | 'to'>, options: GenerateOptions): Promise<Generated> {
  const { workers, folder, onDay, signal, part = { index: 1, of: 1 } } = options;
  const startedAt = performance.now();
  const whole = { from: 0, to: universe.agents };
  const range = split(whole, part.of)[part.index - 1] ?? { from: 0, to: 0 };
  const tasks = split(range, workers).map((agents) => ({ shard: { ...universe, ...agents }, folder }));
  const shards = await Promise.all(tasks.map((task) => runShard(task, onDay, signal)));
  const days = shards.flat();
  return {
    agents: range.to - range.from,
    sessions: days.reduce((sum, { sessions }) => sum + sessions, 0),
    events: days.reduce((sum, { events }) => sum + events, 0),
    hash: universeHash(shards),
    seconds: (performance.now() - startedAt) / MS,
  };
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/** Cuts a range into parts of nearly equal size, at whole blocks; fewer parts where there are fewer blocks. */
export function split({ from, to }: Range, parts: number): Range[] {
  const blocks = Math.ceil((to - from) / BLOCK);
  const edge = (i: number) => Math.min(to, from + Math.round((blocks * i) / parts) * BLOCK);
  return Array.from({ length: parts }, (_, i) => ({ from: edge(i), to: edge(i + 1) })).filter(
    (part) => part.to > part.from,
  );
}

function runShard(
  task: ShardTask,
  onDay: GenerateOptions['onDay'],
  signal?: AbortSignal,
): Promise<readonly GeneratedDay[]> {
  return new Promise((resolve, reject) => {
    const days: GeneratedDay[] = [];
    const worker = new Worker(new URL('./shard-worker.ts', import.meta.url), { workerData: task });
    const stop = () => void worker.terminate();
    signal?.addEventListener('abort', stop, { once: true });
    worker.on('message', (message: ShardMessage) => {
      if (message.kind === 'done') resolve(days);
      else {
        days.push(message.day);
        onDay?.(message.day);
      }
    });
    worker.on('error', reject);
    worker.on('exit', () => {
      signal?.removeEventListener('abort', stop);
      reject(signal?.aborted ? signal.reason : new Error('a shard ended early'));
    });
  });
}
