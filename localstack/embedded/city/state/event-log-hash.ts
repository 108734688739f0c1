import { createHash } from 'node:crypto';
import { recordsOf } from '#adapters/event-log/read-all-records.ts';
import { EVENTS, EXPOSURES } from '#domain/events/event-log-topics.ts';
import { type EventLog, REDACTED } from '#ports/event-log.ts';

/**
 * Returns one SHA-256 over the content of a log: over the first occurrence of each `eventId` in `events.v1` and `exposures.v1`,
 * ordered by (ingestedAt, eventId). It does not depend on the interleaving of writers or on duplicates; redacted events are
 * excluded.
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
  /** SHA-256 of the record's value. */
  readonly digest: Buffer;
}

async function effectiveRecords(log: Pick<EventLog, 'read' | 'partitions'>, topic: string): Promise<EffectiveRecord[]> {
  const first = new Map<string, EffectiveRecord>();
  for await (const { value, timestamp } of recordsOf(log, topic)) {
    if (value === REDACTED) continue;
    const { eventId } = JSON.parse(value) as { eventId: string };
    if (first.has(eventId)) continue;
    first.set(eventId, { timestamp, eventId, digest: createHash('sha256').update(value).digest() });
  }
  return [...first.values()];
}
