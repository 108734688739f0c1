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

/** Returns an id that copies of an event share, although phones may give them new ids. */
const idOf = ({ eventId, sentAt, ...content }: ClientEvent) => eventKey(JSON.stringify(content));

export async function collectEvents(accepted: readonly ClientEvent[], { eventLog, idempotency, now, headers }: Ports) {
  const at = now();
  const byId = new Map(accepted.map((event) => [idOf(event).pk, event]));
  const unique = [...byId.values()];
  const items = await idempotency.getMany(unique.map(idOf));
  const fresh = unique.filter((_, i) => items[i] === undefined);
  if (fresh.length > 0)
    await eventLog.append(
      EVENTS,
      fresh.map((event) => toRecord(event, at, headers)),
    );
  await idempotency.putMany(fresh.map((event) => ({ key: idOf(event), item: { at } })));
  return { accepted: fresh.length, duplicates: accepted.length - fresh.length };
}

const toRecord = (event: ClientEvent, at: number, headers: Ports['headers']): NewRecord => ({
  key: keyOf(event),
  value: JSON.stringify({ ...event, ingestedAt: at }),
  headers,
  timestamp: at,
});
