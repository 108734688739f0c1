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

export async function collectEvents(accepted: readonly ClientEvent[], ports: Ports) {
  const at = ports.now();
  const arrived = new Map<string, ClientEvent>();
  for (const event of accepted) if (!arrived.has(event.eventId)) arrived.set(event.eventId, event);

  const ids = [...arrived.keys()];
  const marks = await ports.idempotency.getMany(ids.map(eventKey));
  const newIds = ids.filter((_, i) => marks[i] === undefined);

  if (newIds.length > 0) {
    const events = newIds.map((id) => arrived.get(id) as ClientEvent);
    await ports.eventLog.append(
      EVENTS,
      events.map((event) => toRecord(event, at, ports.headers)),
    );
    await ports.idempotency.putMany(newIds.map((id) => ({ key: eventKey(id), item: { at } })));
  }
  return { accepted: newIds.length, duplicates: accepted.length - newIds.length };
}

const toRecord = (event: ClientEvent, at: number, headers: Ports['headers']): NewRecord => ({
  key: keyOf(event),
  value: JSON.stringify({ ...event, ingestedAt: at }),
  headers,
  timestamp: at,
});
