import { EVENTS } from '#domain/events/event-log-topics.ts';
import type { EventLog } from '#ports/event-log.ts';

/** Returns the latest ingest time of a log's events, UTC epoch milliseconds; undefined if the log is empty. */
export async function latestIngest(eventLog: Pick<EventLog, 'read' | 'partitions'>): Promise<number | undefined> {
  const newest: number[] = [];
  for (const { partition, first, next } of await eventLog.partitions(EVENTS)) {
    if (next === first) continue;
    const [record] = await eventLog.read(EVENTS, { partition, offset: next - 1 }, 1);
    if (record) newest.push(record.timestamp);
  }
  return newest.length === 0 ? undefined : Math.max(...newest);
}
