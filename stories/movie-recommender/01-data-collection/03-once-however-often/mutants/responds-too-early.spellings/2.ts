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
  const seen = new Set<string>();
  const known = await idempotency.getMany(accepted.map(({ eventId }) => eventKey(eventId)));
  const fresh = accepted.filter(({ eventId }, i) => !known[i] && !seen.has(eventId) && seen.add(eventId));
  // forEach ignores the promises of its function.
  [fresh.map((event) => toRecord(event, at, headers))].forEach(async (records) => {
    if (records.length === 0) return;
    await eventLog.append(EVENTS, records);
    await idempotency.putMany([...seen].map((id) => ({ key: eventKey(id), item: { at } })));
  });
  return { accepted: fresh.length, duplicates: accepted.length - fresh.length };
}

const toRecord = (event: ClientEvent, at: number, headers: Ports['headers']): NewRecord => ({
  key: keyOf(event),
  value: JSON.stringify({ ...event, ingestedAt: at }),
  headers,
  timestamp: at,
});
