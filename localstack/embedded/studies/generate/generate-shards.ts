import { Worker } from 'node:worker_threads';
import {
  type GeneratedDay,
  type Shard,
  universeHash,
} from '../../../../functions/universe/generate-shard/generate-shard.ts';
import { BLOCK } from '../../../../functions/universe/worlds/films/simulate-agents-with-baseline-policies.ts';
import type { ShardMessage, ShardTask } from './shard-worker.ts';

export interface GenerateOptions {
  /** Number of threads; each generates one shard. */
  readonly workers: number;
  /** Folder for Parquet files. @default - events are only counted and hashed */
  readonly folder?: string;
  /**
   * The part of the universe to generate: number `index` (from 1) of `of` parts. Separate processes can generate the
   * parts.
   * @default - the complete universe
   */
  readonly part?: { readonly index: number; readonly of: number };
  readonly onDay?: (day: GeneratedDay) => void;
  readonly signal?: AbortSignal;
}

export interface Generated {
  readonly agents: number;
  readonly sessions: number;
  readonly events: number;
  /** Hash of the generated agents. For a complete universe, it does not depend on the number of parts and threads. */
  readonly hash: string;
  /** Wall-clock seconds. */
  readonly seconds: number;
}

const MS = 1_000;

/** Generates a universe without the recommendation service, in parallel threads. The result does not depend on their number. */
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

/** Divides a range into parts of nearly equal size at block boundaries; returns fewer parts if there are fewer blocks. */
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
