import type { EventLog, LogRecord } from '#ports/event-log.ts';

/** Records per read. */
const BATCH = 10_000;

type ReadableLog = Pick<EventLog, 'read' | 'partitions'>;

/** Yields all current records of a topic, partition by partition, in the order of their offsets. */
export async function* recordsOf(log: ReadableLog, topic: string): AsyncGenerator<LogRecord> {
  for await (const batch of recordBatchesOf(log, topic)) yield* batch;
}

/** Yields all current records of a topic in batches. Each batch belongs to one partition, in the order of its offsets. */
export async function* recordBatchesOf(log: ReadableLog, topic: string): AsyncGenerator<readonly LogRecord[]> {
  for (const { partition, first, next } of await log.partitions(topic)) {
    for (let offset = first; offset < next; ) {
      const batch = await log.read(topic, { partition, offset }, BATCH);
      if (batch.length === 0) break;
      yield batch;
      offset += batch.length;
    }
  }
}
