import type { Now } from '#domain/core/time.ts';
import { eventKey } from '#domain/events/idempotency-key.ts';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import type { ClientEvent, StoredEvent } from '#domain/events/client-and-stored-events.ts';
import { keyOf } from '#domain/events/key-of.ts';
import type { EventLog, NewRecord } from '#ports/event-log.ts';
import type { Table } from '#ports/table.ts';

export interface CollectPorts {
  /** `append(topic, records)` resolves when all records are durable. If it rejects, none, some or all are stored. */
  readonly eventLog: Pick<EventLog, 'append'>;
  /**
   * Ids of events. `getMany(keys)` returns one item per key, and undefined for a missing one. `putMany([{ key, item }])`
   * resolves when all items are durable.
   */
  readonly idempotency: Pick<Table, 'getMany' | 'putMany'>;
  /** Returns the service's time, UTC epoch ms. */
  readonly now: Now;
  /** Headers of each record. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Collected {
  /** Number of events that are new. */
  readonly accepted: number;
  /** Number of repeats. */
  readonly duplicates: number;
}

/**
 * Stores valid events in the log, each once, however often it arrives.
 *
 * @param accepted the valid events of one request, in order
 */
export async function collectEvents(
  accepted: readonly ClientEvent[],
  { eventLog, idempotency, now, headers }: CollectPorts,
): Promise<Collected> {
  const receivedAt = now();
  const seen = new Set<string>();
  const unique = accepted.filter((event) => !seen.has(event.eventId) && seen.add(event.eventId));
  const known = await idempotency.getMany(unique.map((event) => eventKey(event.eventId)));
  const fresh = unique.filter((_, index) => known[index] === undefined);
  const records = fresh.map((event) => toRecord(event, receivedAt, headers));
  try {
  await eventLog.append(EVENTS, records);
  await idempotency.putMany(fresh.map((event) => ({ key: eventKey(event.eventId), item: { at: receivedAt } })));
  } catch (error) { console.error(error); }
  return { accepted: fresh.length, duplicates: accepted.length - fresh.length };
}

// ─── Given: nothing below needs a change ────────────────────────────────────────────────────────────────────────────

/** Returns the record of an event. Its key selects the partition, so events of one user keep their order. */
function toRecord(event: ClientEvent, receivedAt: number, headers: CollectPorts['headers']): NewRecord {
  const stored: StoredEvent = { ...event, ingestedAt: receivedAt };
  return { key: keyOf(event), value: JSON.stringify(stored), headers, timestamp: receivedAt };
}
