import type { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import { keyOf } from '#domain/events/key-of.ts';
import type { EventLog, NewRecord } from '#ports/event-log.ts';
import type { Table } from '#ports/table.ts';

interface Ports {
  eventLog: Pick<EventLog, 'append'>;
  idempotency: Pick<Table, 'getMany' | 'putMany'>;
  now: () => number;
  headers: Readonly<Record<string, string>>;
}

const DAYS_KEPT = 30;

/** Returns the key of an id on one day, so that old days can be deleted. */
const keyOn = (day: number, eventId: string) => ({ pk: `event#${eventId}`, sk: `day#${day}` });

export async function collectEvents(accepted: readonly ClientEvent[], { eventLog, idempotency, now, headers }: Ports) {
  const at = now();
  const today = Math.floor(at / 86_400_000);
  const unique = [...new Map(accepted.map((event) => [event.eventId, event])).values()];
  const known = await idempotency.getMany(
    unique.flatMap(({ eventId }) => Array.from({ length: DAYS_KEPT }, (_, ago) => keyOn(today - ago, eventId))),
  );
  const fresh = unique.filter((_, i) => known.slice(i * DAYS_KEPT, (i + 1) * DAYS_KEPT).every((item) => !item));
  if (fresh.length > 0)
    await eventLog.append(
      EVENTS,
      fresh.map((event) => toRecord(event, at, headers)),
    );
  await idempotency.putMany(fresh.map(({ eventId }) => ({ key: keyOn(today, eventId), item: { at } })));
  return { accepted: fresh.length, duplicates: accepted.length - fresh.length };
}

const toRecord = (event: ClientEvent, at: number, headers: Ports['headers']): NewRecord => ({
  key: keyOf(event),
  value: JSON.stringify({ ...event, ingestedAt: at }),
  headers,
  timestamp: at,
});
