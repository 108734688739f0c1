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
  const known = await idempotency.getMany(accepted.map(({ eventId }) => eventKey(eventId)));
  const ids = new Set<string>();
  const fresh = accepted.filter(({ eventId }, i) => {
    const isNew = !known[i] && !ids.has(eventId);
    ids.add(eventId);
    return isNew;
  });
  if (fresh.length) await eventLog.append(EVENTS, fresh.map((event) => toRecord(event, now(), headers)));
  return { accepted: fresh.length, duplicates: accepted.length - fresh.length };
}
