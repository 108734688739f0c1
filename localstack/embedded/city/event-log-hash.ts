import { createHash } from 'node:crypto';
import { EVENTS, EXPOSURES } from '#domain/topics.ts';
import type { EventLog, LogRecord } from '#ports/event-log.ts';

const READ_AT_ONCE = 10_000;

/**
 * What a log says, as one sha256: over the first occurrence of each `eventId` in `events.v1` and `exposures.v1`, by
 * (ingestedAt, eventId). Neither the interleaving of writers nor an event delivered twice changes it.
 *
 * @returns 64 hexadecimal digits
 */
export async function eventLogHash(eventLog: Pick<EventLog, 'read' | 'partitions'>): Promise<string> {
  const total = createHash('sha256');
  for (const topic of [EVENTS, EXPOSURES]) {
    const digests = await effectiveRecords(eventLog, topic);
    digests.sort((a, b) => a.timestamp - b.timestamp || (a.eventId < b.eventId ? -1 : 1));
    total.update(topic);
    for (const { digest } of digests) total.update(digest);
  }
  return total.digest('hex');
}

interface EffectiveRecord {
  readonly timestamp: number;
  readonly eventId: string;
  /** Sha256 of the record's value. */
  readonly digest: Buffer;
}

async function effectiveRecords(log: Pick<EventLog, 'read' | 'partitions'>, topic: string): Promise<EffectiveRecord[]> {
  const first = new Map<string, EffectiveRecord>();
  for await (const { value, timestamp } of records(log, topic)) {
    const { eventId } = JSON.parse(value) as { eventId: string };
    if (first.has(eventId)) continue;
    first.set(eventId, { timestamp, eventId, digest: createHash('sha256').update(value).digest() });
  }
  return [...first.values()];
}

async function* records(log: Pick<EventLog, 'read' | 'partitions'>, topic: string): AsyncGenerator<LogRecord> {
  for (const { partition, first, next } of await log.partitions(topic)) {
    for (let offset = first; offset < next; ) {
      const batch = await log.read(topic, { partition, offset }, READ_AT_ONCE);
      yield* batch;
      offset += batch.length;
      if (batch.length === 0) break;
    }
  }
}
