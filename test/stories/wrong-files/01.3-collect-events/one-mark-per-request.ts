import { EVENTS } from '#domain/events/event-log-topics.ts';
import type { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import { keyOf } from '#domain/events/key-of.ts';

const toRecord = (event: any, at: number, headers: any) => ({
  key: keyOf(event),
  value: JSON.stringify({ ...event, ingestedAt: at }),
  headers,
  timestamp: at,
});

/** One mark for the whole request, which is cheaper than one for each event. */
const keyOfBatch = (events: readonly ClientEvent[]) => ({ pk: events.map(({ eventId }) => eventId).join(), sk: 'batch' });

export async function collectEvents(accepted: readonly ClientEvent[], { eventLog, idempotency, now, headers }: any) {
  const at = now();
  const [known] = await idempotency.getMany([keyOfBatch(accepted)]);
  if (known) return { accepted: 0, duplicates: accepted.length };
  const fresh = [...new Map(accepted.map((event) => [event.eventId, event])).values()];
  if (fresh.length > 0) await eventLog.append(EVENTS, fresh.map((event) => toRecord(event, at, headers)));
  await idempotency.putMany([{ key: keyOfBatch(accepted), item: { at } }]);
  return { accepted: fresh.length, duplicates: accepted.length - fresh.length };
}
