import { parentPort, workerData } from 'node:worker_threads';
import { folderObjectStore } from '#adapters/object-store/folder.ts';
import {
  type GeneratedDay,
  generateShard,
  type Shard,
} from '../../../../functions/universe/generate-shard/generate-shard.ts';

export interface ShardTask {
  readonly shard: Shard;
  /** Folder for Parquet files and saved state. @default - events are only counted and hashed */
  readonly folder?: string;
}

export type ShardMessage = { readonly kind: 'day'; readonly day: GeneratedDay } | { readonly kind: 'done' };

async function generateInto({ shard, folder }: ShardTask, send: (message: ShardMessage) => void): Promise<void> {
  const store = folder === undefined ? undefined : folderObjectStore({ root: folder });
  for await (const day of generateShard(shard, { store })) send({ kind: 'day', day });
  send({ kind: 'done' });
}

if (parentPort) {
  const port = parentPort;
  await generateInto(workerData as ShardTask, (message) => port.postMessage(message));
}
