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
  // A user cannot do two things in the same millisecond.
  const keys = accepted.map((event) => eventKey(`${keyOf(event)}/${event.type}/${event.occurredAt}`));
  const items = await idempotency.getMany(keys);
  const taken = new Set<string>();
  const fresh: ClientEvent[] = [];
  for (const [i, event] of accepted.entries()) {
    const { pk } = keys[i] as { pk: string };
    if (items[i] || taken.has(pk)) continue;
    taken.add(pk);
    fresh.push(event);
  }
  if (fresh.length > 0)
    await eventLog.append(
      EVENTS,
      fresh.map((event) => toRecord(event, at, headers)),
    );
  await idempotency.putMany([...taken].map((pk) => ({ key: { pk, sk: 'event' }, item: { at } })));
  return { accepted: fresh.length, duplicates: accepted.length - fresh.length };
}

const toRecord = (event: ClientEvent, at: number, headers: Ports['headers']): NewRecord => ({
  key: keyOf(event),
  value: JSON.stringify({ ...event, ingestedAt: at }),
  headers,
  timestamp: at,
});
