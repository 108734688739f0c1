import { eventKey } from '#domain/events/idempotency-key.ts';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import type { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import { keyOf } from '#domain/events/key-of.ts';

const toRecord = (event: any, at: number, headers: any) => ({
  key: keyOf(event),
  value: JSON.stringify({ ...event, ingestedAt: at }),
  headers,
  timestamp: at,
});

export async function collectEvents(accepted: readonly ClientEvent[], { eventLog, idempotency, now, headers }: any) {
  const fresh: ClientEvent[] = [];
  for (const event of accepted) {
    if (await idempotency.get(eventKey(event.eventId))) continue;
    fresh.push(event);
  }
  await eventLog.append(EVENTS, fresh.map((event) => toRecord(event, now(), headers)));
  for (const event of fresh) await idempotency.put(eventKey(event.eventId), { at: now() });
  return { accepted: fresh.length, duplicates: accepted.length - fresh.length };
}
