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

type State = { state: 'pending' | 'stored' };

/**
 * Writes two marks. Only the second one says that the log has the event, so a mark of a killed process says nothing.
 */
export async function collectEvents(accepted: readonly ClientEvent[], { eventLog, idempotency, now, headers }: Ports) {
  const at = now();
  const items = await idempotency.getMany<State>(accepted.map((event) => eventKey(event.eventId)));
  const records: NewRecord[] = [];
  const ids: string[] = [];
  accepted.forEach((event, i) => {
    if (items[i]?.state === 'stored' || ids.includes(event.eventId)) return;
    ids.push(event.eventId);
    records.push(toRecord(event, at, headers));
  });
  const mark = (state: State['state']) =>
    idempotency.putMany(ids.map((id) => ({ key: eventKey(id), item: { state } })));
  await mark('pending');
  if (records.length > 0) await eventLog.append(EVENTS, records);
  await mark('stored');
  return { accepted: ids.length, duplicates: accepted.length - ids.length };
}

const toRecord = (event: ClientEvent, at: number, headers: Ports['headers']): NewRecord => ({
  key: keyOf(event),
  value: JSON.stringify({ ...event, ingestedAt: at }),
  headers,
  timestamp: at,
});
