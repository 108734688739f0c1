import type { Now } from '#domain/core/time.ts';
import { CORRELATION_HEADER } from '#domain/events/collect-and-recommend-contract.ts';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import { type ClientEvent, eventKey, type StoredEvent } from '#domain/events/events.ts';
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
  /** Stored as a header of each record. */
  readonly correlationId: string;
}

/**
 * Appends valid events to the log, each once, regardless of how often it was sent. All events are durable when the
 * promise resolves. Two concurrent calls with the same event may both append it; this has no effect, because readers of
 * the log deduplicate by `eventId`.
 *
 * Unit    `ingestedAt`: UTC epoch ms
 * Never   marks an event as accepted before it is in the log: a crash between the two writes would lose the event
 *
 * @returns how many events were appended, and how many were repeats
 */
export async function collectEvents(
  accepted: readonly ClientEvent[],
  { eventLog, idempotency, now, correlationId }: CollectPorts,
): Promise<{ readonly accepted: number; readonly duplicates: number }> {
  const receivedAt = now();
  const fresh = await withoutRepeats(accepted, idempotency);
  const headers = { [CORRELATION_HEADER]: correlationId };
  const toRecord = (event: ClientEvent): NewRecord => {
    const stored: StoredEvent = { ...event, ingestedAt: receivedAt };
    return { key: keyOf(event), value: JSON.stringify(stored), headers, timestamp: receivedAt };
  };
  if (fresh.length > 0) await eventLog.append(EVENTS, fresh.map(toRecord));
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
