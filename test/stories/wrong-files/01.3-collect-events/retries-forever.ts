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

async function persistently<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch {
      // Try again: the service may be back.
    }
  }
}

export async function collectEvents(accepted: readonly ClientEvent[], { eventLog, idempotency, now, headers }: any) {
  const at = now();
  const unique = [...new Map(accepted.map((event) => [event.eventId, event])).values()];
  const known: any[] = await persistently(() => idempotency.getMany(unique.map(({ eventId }) => eventKey(eventId))));
  const fresh = unique.filter((_, i) => known[i] === undefined);
  const records = fresh.map((event) => toRecord(event, at, headers));
  await persistently(() => eventLog.append('events', records));
  await persistently(() => idempotency.putMany(fresh.map(({ eventId }) => ({ key: eventKey(eventId), item: { at } }))));
  return { accepted: fresh.length, duplicates: accepted.length - fresh.length };
}
