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
  const known = await idempotency.getMany(accepted.map((event) => eventKey(event.eventId)));
  const records: NewRecord[] = [];
  const marks: { key: ReturnType<typeof eventKey>; item: object }[] = [];
  for (const [i, event] of accepted.entries()) {
    if (known[i] !== undefined || seen.has(event.eventId)) continue;
    seen.add(event.eventId);
    records.push(toRecord(event, at, headers));
    marks.push({ key: eventKey(event.eventId), item: { at } });
  }
  // Both writes at the same time, to save a round trip.
  await Promise.all([idempotency.putMany(marks), records.length > 0 && eventLog.append(EVENTS, records)]);
  return { accepted: records.length, duplicates: accepted.length - records.length };
}

const toRecord = (event: ClientEvent, at: number, headers: Ports['headers']): NewRecord => ({
  key: keyOf(event),
  value: JSON.stringify({ ...event, ingestedAt: at }),
  headers,
  timestamp: at,
});
