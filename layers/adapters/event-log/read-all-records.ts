import type { EventLog, LogRecord } from '#ports/event-log.ts';

/** Records per read. */
const BATCH = 10_000;

/** Yields all current records of a topic, partition by partition, in the order of their offsets. */
export async function* recordsOf(log: Pick<EventLog, 'read' | 'partitions'>, topic: string): AsyncGenerator<LogRecord> {
  for (const { partition, first, next } of await log.partitions(topic)) {
    for (let offset = first; offset < next; ) {
      const batch = await log.read(topic, { partition, offset }, BATCH);
      yield* batch;
      offset += batch.length;
      if (batch.length === 0) break;
    }
  }
}
