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

// The ids that we have seen. No need for the table.
const seen = new Set<string>();

export async function collectEvents(accepted: readonly ClientEvent[], { eventLog, now, headers }: any) {
  const fresh = accepted.filter(({ eventId }) => !seen.has(eventId) && seen.add(eventId));
  await eventLog.append(EVENTS, fresh.map((event) => toRecord(event, now(), headers)));
  return { accepted: fresh.length, duplicates: accepted.length - fresh.length };
}
