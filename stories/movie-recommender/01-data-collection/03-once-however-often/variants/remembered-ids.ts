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

const LARGEST = 10_000;
/** Ids that this process has already found in the table. The set saves reads. For all other ids, the table decides. */
const remembered = new Set<string>();

export async function collectEvents(accepted: readonly ClientEvent[], { eventLog, idempotency, now, headers }: Ports) {
  const receivedAt = now();
  const candidates = accepted.filter(
    ({ eventId }, i) => !remembered.has(eventId) && accepted.findIndex((other) => other.eventId === eventId) === i,
  );
  const unknown = await withoutMarked(candidates, idempotency);
  await store(unknown, receivedAt, { eventLog, headers });
  await idempotency.putMany(unknown.map(({ eventId }) => ({ key: eventKey(eventId), item: { receivedAt } })));
  remember(unknown);
  return { accepted: unknown.length, duplicates: accepted.length - unknown.length };
}

async function withoutMarked(events: readonly ClientEvent[], idempotency: Ports['idempotency']) {
  if (events.length === 0) return [];
  const marks = await idempotency.getMany(events.map(({ eventId }) => eventKey(eventId)));
  return events.filter((_, i) => !marks[i]);
}

async function store(
  events: readonly ClientEvent[],
  at: number,
  { eventLog, headers }: Omit<Ports, 'idempotency' | 'now'>,
) {
  if (events.length === 0) return;
  await eventLog.append(
    EVENTS,
    events.map((event) => toRecord(event, at, headers)),
  );
}

function remember(events: readonly ClientEvent[]): void {
  if (remembered.size > LARGEST) remembered.clear();
  for (const { eventId } of events) remembered.add(eventId);
}

const toRecord = (event: ClientEvent, at: number, headers: Ports['headers']): NewRecord => ({
  key: keyOf(event),
  value: JSON.stringify({ ...event, ingestedAt: at }),
  headers,
  timestamp: at,
});
