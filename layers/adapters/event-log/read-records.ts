import type { EventLog, LogRecord } from '#ports/event-log.ts';

const READ_AT_ONCE = 10_000;

/** Everything that a topic holds now, partition by partition, in offset order. */
export async function* recordsOf(log: Pick<EventLog, 'read' | 'partitions'>, topic: string): AsyncGenerator<LogRecord> {
  for (const { partition, first, next } of await log.partitions(topic)) {
    for (let offset = first; offset < next; ) {
      const batch = await log.read(topic, { partition, offset }, READ_AT_ONCE);
      yield* batch;
      offset += batch.length;
      if (batch.length === 0) break;
    }
  }
}
