import type { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import { eventKey } from '#domain/events/idempotency-key.ts';
import { keyOf } from '#domain/events/key-of.ts';
import type { EventLog, NewRecord } from '#ports/event-log.ts';
import type { Table } from '#ports/table.ts';

interface Ports {
  eventLog: Pick<EventLog, 'append'>;
  idempotency: Pick<Table, 'getMany' | 'putMany'>;
  now: () => number;
  headers: Readonly<Record<string, string>>;
}

export async function collectEvents(accepted: readonly ClientEvent[], { eventLog, idempotency, now, headers }: Ports) {
  const at = now();
  const unique = [...new Map(accepted.map((event) => [event.eventId, event])).values()];
  const items = await idempotency.getMany(unique.map((event) => eventKey(event.eventId)));
  const fresh = unique.filter((_, i) => items[i] === undefined);
  const records = fresh.map((event) => toRecord(event, at, headers));
  const marks = fresh.map((event) => ({ key: eventKey(event.eventId), item: { at } }));
  // The client need not wait for the writes.
  if (records.length > 0) void eventLog.append(EVENTS, records).then(() => idempotency.putMany(marks));
  return { accepted: fresh.length, duplicates: accepted.length - fresh.length };
}

const toRecord = (event: ClientEvent, at: number, headers: Ports['headers']): NewRecord => ({
  key: keyOf(event),
  value: JSON.stringify({ ...event, ingestedAt: at }),
  headers,
  timestamp: at,
});
