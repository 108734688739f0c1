import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryCache } from '#adapters/cache/memory.ts';
import { realDeadlines } from '#adapters/deadlines/real-time-deadlines.ts';
import { embeddedEventLog } from '#adapters/event-log/embedded.ts';
import { folderObjectStore } from '#adapters/object-store/folder.ts';
import { openSqlite } from '#adapters/sqlite/open-sqlite-with-storage-errors.ts';
import { sqliteTable } from '#adapters/table/sqlite.ts';
import type { JsonObject } from '#domain/core/json-value-types.ts';
import { SECOND } from '#domain/core/time.ts';
import type { StoredEvent } from '#domain/events/client-and-stored-events.ts';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import { keyOf } from '#domain/events/key-of.ts';
import type { LogRecord, NewRecord } from '#ports/event-log.ts';
import type { Invocation, Telemetry } from '#ports/telemetry.ts';
import { type TriggerName, triggers } from '../../functions/triggers.ts';
import { contextOf } from '../../localstack/embedded/aws/api-gateway.ts';
import { mskEvent } from '../../localstack/embedded/aws/event-source-mapping.ts';

/** Monday, 5 January 2026, 12:00 UTC. */
export const NOON = Date.UTC(2026, 0, 5, 12);

export interface Logged {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields?: JsonObject;
}

/** Telemetry that records messages and counts. */
export function recordingTelemetry() {
  const logged: Logged[] = [];
  const counts = new Map<string, number>();
  const log = (level: Logged['level']) => (message: string, fields?: JsonObject) =>
    void logged.push({ level, message, fields });
  const begin: Telemetry['begin'] = ({ correlationId }): Invocation => ({
    correlationId,
    info: log('info'),
    warn: log('warn'),
    error: (message, _error, fields) => log('error')(message, fields),
    count: (metric, value = 1) => void counts.set(metric, (counts.get(metric) ?? 0) + value),
    milliseconds: () => {},
    end: () => {},
  });
  return { begin, logged, counts };
}

/** Embedded adapters, empty and in memory, with a clock that advances only when it is set. */
export function handlerFixture() {
  const folder = mkdtempSync(join(tmpdir(), 'agentbricks-handler-'));
  const clock = { at: NOON };
  const now = () => clock.at;
  const database = openSqlite(':memory:');
  const table = (name: string) => sqliteTable(database, name, { now });
  return {
    folder,
    clock,
    now,
    eventLog: embeddedEventLog({ path: ':memory:' }),
    lake: folderObjectStore({ root: join(folder, 'lake') }),
    models: folderObjectStore({ root: join(folder, 'models') }),
    idempotency: table('idempotency'),
    features: table('features'),
    registry: table('registry'),
    cache: memoryCache({ now }),
    telemetry: recordingTelemetry(),
    newId: () => 'fresh-id',
    [Symbol.dispose]: () => {
      database.close();
      rmSync(folder, { recursive: true });
    },
  };
}
export type HandlerFixture = ReturnType<typeof handlerFixture>;

/** Calls a handler like Lambda. */
export const call = <Result>(handler: unknown, event: unknown, name: TriggerName = 'collect'): Promise<Result> =>
  (handler as (event: unknown, context: unknown) => Promise<Result>)(
    event,
    contextOf(name, realDeadlines().start(triggers[name].timeoutSeconds * SECOND)),
  );

/** Returns all records of a topic, partition by partition. */
export async function recordsOf(eventLog: HandlerFixture['eventLog'], topic: string): Promise<LogRecord[]> {
  const all: LogRecord[] = [];
  for (const { partition, first, next } of await eventLog.partitions(topic)) {
    if (next > first) all.push(...(await eventLog.read(topic, { partition, offset: first }, next - first)));
  }
  return all;
}

export const recordOf = (event: StoredEvent): NewRecord => ({
  key: keyOf(event),
  value: JSON.stringify(event),
  timestamp: event.ingestedAt,
});

/** Returns an MSK event with these events as records of one partition, with offsets from `first` on. */
export const delivered = (events: readonly StoredEvent[], { first = 0, partition = 0, topic = EVENTS } = {}) =>
  mskEvent(
    topic,
    events.map((event, i) => ({ ...recordOf(event), headers: {}, partition, offset: first + i })),
  );

let serial = 0;
const fresh = () => `e-${++serial}`;
const at = (time: number) => ({ occurredAt: time, sentAt: time, ingestedAt: time });
export const play = (userId: string, titleId: string, time = NOON, eventId = fresh()): StoredEvent => ({
  type: 'play',
  eventId,
  userId,
  titleId,
  ...at(time),
});
export const impression = (
  userId: string,
  titleIds: readonly string[],
  time = NOON,
  eventId = fresh(),
): StoredEvent => ({
  type: 'impression',
  eventId,
  userId,
  requestId: `r-${eventId}`,
  titleIds: [...titleIds],
  ...at(time),
});
export const signup = (userId: string, country: string, time = NOON, eventId = fresh()): StoredEvent => ({
  type: 'signup',
  eventId,
  userId,
  country,
  ...at(time),
});
export const title = (titleId: string, genres: readonly string[] = ['Drama'], time = NOON): StoredEvent => ({
  type: 'title',
  eventId: fresh(),
  titleId,
  name: `Film ${titleId}`,
  genres: [...genres],
  releasedAt: Date.UTC(2020, 0, 1),
  ...at(time),
});
