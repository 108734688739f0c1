import type { Now } from '#domain/core/time.ts';
import type { ClientEvent, StoredEvent } from '#domain/events/client-and-stored-events.ts';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import { eventKey } from '#domain/events/idempotency-key.ts';
import { keyOf } from '#domain/events/key-of.ts';
import type { EventLog, NewRecord } from '#ports/event-log.ts';
import type { Table } from '#ports/table.ts';

export interface CollectPorts {
  readonly eventLog: Pick<EventLog, 'append'>;
  /**
   * Ids of accepted events. They never expire: if they expired before the records of the log, late repeats would be
   * appended again.
   */
  readonly idempotency: Pick<Table, 'getMany' | 'putMany'>;
  /** The service's clock, UTC epoch ms. It is read once, so all events of a call have the same `ingestedAt`. */
  readonly now: Now;
  /** Headers of each record, such as the correlation id. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Collected {
  /** Number of events that were appended. */
  readonly accepted: number;
  /** Number of repeats. */
  readonly duplicates: number;
}

/**
 * Appends valid events to the log, each once, regardless of how often it was sent. All events are durable when the
 * promise resolves. Two concurrent calls with the same event may both append it; this has no effect, because readers of
 * the log deduplicate by `eventId`.
 *
 * Unit    `ingestedAt`: UTC epoch ms
 * Never   marks an event as accepted before it is in the log: a crash between the two writes would lose the event
 */
export async function collectEvents(
  accepted: readonly ClientEvent[],
  { eventLog, idempotency, now, headers }: CollectPorts,
): Promise<Collected> {
  const receivedAt = now();
  const fresh = await withoutRepeats(accepted, idempotency);
  const records = fresh.map((event) => toRecord(event, receivedAt, headers));
  if (records.length > 0) await eventLog.append(EVENTS, records);
  await idempotency.putMany(fresh.map(({ eventId }) => ({ key: eventKey(eventId), item: { at: receivedAt } })));
  return { accepted: fresh.length, duplicates: accepted.length - fresh.length };
}

/** Returns the events that were not accepted before, each only once. */
async function withoutRepeats(
  events: readonly ClientEvent[],
  idempotency: Pick<Table, 'getMany'>,
): Promise<ClientEvent[]> {
  const known = await idempotency.getMany(events.map(({ eventId }) => eventKey(eventId)));
  const inBatch = new Set<string>();
  return events.filter(({ eventId }, i) => {
    if (known[i] !== undefined || inBatch.has(eventId)) return false;
    inBatch.add(eventId);
    return true;
  });
}

/** Returns the record of an event. Its key selects the partition, so events of one user keep their order. */
function toRecord(event: ClientEvent, receivedAt: number, headers: CollectPorts['headers']): NewRecord {
  const stored: StoredEvent = { ...event, ingestedAt: receivedAt };
  return { key: keyOf(event), value: JSON.stringify(stored), headers, timestamp: receivedAt };
}
