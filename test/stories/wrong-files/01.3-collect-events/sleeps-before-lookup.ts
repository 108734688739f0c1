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

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export async function collectEvents(accepted: readonly ClientEvent[], { eventLog, idempotency, now, headers }: any) {
  const at = now();
  // Give an earlier copy of the batch the time to finish.
  await sleep(50);
  const unique = [...new Map(accepted.map((event) => [event.eventId, event])).values()];
  const known = await idempotency.getMany(unique.map(({ eventId }) => eventKey(eventId)));
  const fresh = unique.filter((_, i) => known[i] === undefined);
  if (fresh.length > 0) await eventLog.append(EVENTS, fresh.map((event) => toRecord(event, at, headers)));
  await idempotency.putMany(fresh.map(({ eventId }) => ({ key: eventKey(eventId), item: { at } })));
  return { accepted: fresh.length, duplicates: accepted.length - fresh.length };
}
