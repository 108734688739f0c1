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

const WEEK = 7 * 24 * 60 * 60 * 1_000;

export async function collectEvents(accepted: readonly ClientEvent[], { eventLog, idempotency, now, headers }: Ports) {
  const at = now();
  const unique = [...new Map(accepted.map((event) => [event.eventId, event])).values()];
  const items = await idempotency.getMany<{ at: number }>(unique.map((event) => eventKey(event.eventId)));
  // No client retries for longer than a week.
  const fresh = unique.filter((_, i) => at - (items[i]?.at ?? Number.NEGATIVE_INFINITY) > WEEK);
  if (fresh.length > 0) {
    await eventLog.append(
      EVENTS,
      fresh.map((event) => toRecord(event, at, headers)),
    );
    await idempotency.putMany(fresh.map((event) => ({ key: eventKey(event.eventId), item: { at } })));
  }
  return { accepted: fresh.length, duplicates: accepted.length - fresh.length };
}

const toRecord = (event: ClientEvent, at: number, headers: Ports['headers']): NewRecord => ({
  key: keyOf(event),
  value: JSON.stringify({ ...event, ingestedAt: at }),
  headers,
  timestamp: at,
});
