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
  const items = await idempotency.getMany(accepted.map((event) => eventKey(event.eventId)));
  const records: NewRecord[] = [];
  // A Set of objects: two copies of an event are two objects.
  const fresh = new Set<ClientEvent>();
  for (let i = 0; i < accepted.length; i++) {
    const event = accepted[i] as ClientEvent;
    if (items[i] !== undefined || fresh.has(event)) continue;
    fresh.add(event);
    records.push(toRecord(event, at, headers));
  }
  if (records.length > 0) await eventLog.append(EVENTS, records);
  await idempotency.putMany([...fresh].map((event) => ({ key: eventKey(event.eventId), item: { at } })));
  return { accepted: fresh.size, duplicates: accepted.length - fresh.size };
}

const toRecord = (event: ClientEvent, at: number, headers: Ports['headers']): NewRecord => ({
  key: keyOf(event),
  value: JSON.stringify({ ...event, ingestedAt: at }),
  headers,
  timestamp: at,
});
