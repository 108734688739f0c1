import { isDeepStrictEqual } from 'node:util';
import type {
  CollectorEntry,
  CollectorKey,
  CollectorPorts,
  CollectorRecord,
} from '#domain/events/all-bricks-seam-types.ts';
import type { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import { eventKey } from '#domain/events/idempotency-key.ts';
import { keyOf } from '#domain/events/key-of.ts';

/** Names of the ports that a learner's collectEvents may call. */
export const COLLECTOR_PORTS = {
  append: 'eventLog.append',
  getMany: 'idempotency.getMany',
  putMany: 'idempotency.putMany',
} as const;

/** Maximum number of characters of a mark. */
const MAX_MARK = 1_000;

/** A record of an event in the batch. */
export interface RecordOfEvent {
  readonly eventId: string;
  readonly record: CollectorRecord;
}

/** Checks the arguments of calls of ports. Only the events of one batch may be appended, looked up and marked. */
export interface ArgumentChecks {
  /** @throws Error that says what is not allowed */
  records(args: readonly unknown[]): readonly RecordOfEvent[];
  /** Returns the ids of the events whose keys are given. */
  ids(args: readonly unknown[]): readonly string[];
  entries(args: readonly unknown[]): readonly { readonly eventId: string; readonly entry: CollectorEntry }[];
}

export function argumentChecks(
  events: ReadonlyMap<string, readonly ClientEvent[]>,
  ports: Pick<CollectorPorts, 'now' | 'headers'>,
): ArgumentChecks {
  const idOf = new Map([...events.keys()].map((id) => [nameOf(eventKey(id)), id]));
  const idFor = (port: string, key: unknown): string => {
    const { pk, sk } = fieldsOf(key);
    const id = idOf.get(nameOf({ pk: String(pk), sk: String(sk) }));
    if (id === undefined) throw new Error(`${port} accepts only eventKey(eventId) of events in this batch as keys`);
    return id;
  };
  return {
    records: ([topic, given]) => {
      if (topic !== EVENTS) throw new Error(`${COLLECTOR_PORTS.append}: the topic is ${EVENTS}, not ${String(topic)}`);
      return listOf(COLLECTOR_PORTS.append, given).map((record) => recordOf(record, events, ports));
    },
    ids: ([keys]) => listOf(COLLECTOR_PORTS.getMany, keys).map((key) => idFor(COLLECTOR_PORTS.getMany, key)),
    entries: ([entries]) =>
      listOf(COLLECTOR_PORTS.putMany, entries).map((entry) => {
        const eventId = idFor(COLLECTOR_PORTS.putMany, fieldsOf(entry).key);
        return { eventId, entry: entryOf(entry, eventId) };
      }),
  };
}

const nameOf = ({ pk, sk }: CollectorKey): string => JSON.stringify([pk, sk]);

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

function listOf(port: string, given: unknown): readonly unknown[] {
  if (!Array.isArray(given)) throw new Error(`${port} expects a list, and got ${typeof given}`);
  return given;
}

/** Returns the record that `toRecord` returns for an event of the batch. @throws Error if the given one differs */
function recordOf(
  given: unknown,
  events: ReadonlyMap<string, readonly ClientEvent[]>,
  { now, headers }: Pick<CollectorPorts, 'now' | 'headers'>,
): RecordOfEvent {
  const { key, value, timestamp, headers: givenHeaders } = fieldsOf(given);
  const stored = fieldsOf(parsed(value));
  const at = now();
  const event = events
    .get(String(stored.eventId))
    ?.find((each) => isDeepStrictEqual(stored, { ...each, ingestedAt: at }));
  const isRight = event && key === keyOf(event) && timestamp === at && isDeepStrictEqual(givenHeaders, headers);
  if (!isRight)
    throw new Error(`${COLLECTOR_PORTS.append} accepts only records that toRecord returns, with the time of now()`);
  return { eventId: event.eventId, record: { key: keyOf(event), value: String(value), headers, timestamp: at } };
}

function parsed(value: unknown): unknown {
  try {
    return typeof value === 'string' ? JSON.parse(value) : undefined;
  } catch {
    return undefined;
  }
}

/** Returns a copy of a mark that the table can store. @throws Error if it cannot */
function entryOf(given: unknown, id: string): CollectorEntry {
  const { item, expiresAt } = fieldsOf(given);
  const text = typeof item === 'object' && item !== null ? JSON.stringify(item) : '';
  const isTime = expiresAt === undefined || (typeof expiresAt === 'number' && Number.isFinite(expiresAt));
  if (!text.startsWith('{') || text.length > MAX_MARK || !isTime)
    throw new Error(`${COLLECTOR_PORTS.putMany} expects items that are objects of at most ${MAX_MARK} characters`);
  return {
    key: eventKey(id),
    item: JSON.parse(text) as object,
    ...(isTime && expiresAt !== undefined && { expiresAt }),
  };
}
