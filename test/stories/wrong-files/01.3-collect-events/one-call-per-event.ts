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
  const at = now();
  let stored = 0;
  for (const event of accepted) {
    const key = eventKey(event.eventId);
    const [known] = await idempotency.getMany([key]);
    if (known) continue;
    await eventLog.append(EVENTS, [toRecord(event, at, headers)]);
    await idempotency.putMany([{ key, item: { at } }]);
    stored++;
  }
  return { accepted: stored, duplicates: accepted.length - stored };
}
