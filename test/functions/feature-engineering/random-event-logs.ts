import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { parquetRows } from '#adapters/duckdb/sql-relations-over-files.ts';
import { DAY, HOUR } from '#domain/core/time.ts';
import type { StoredEvent } from '#domain/events/client-and-stored-events.ts';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import { COLUMNS } from '../../../functions/data-collection/archive/lake-columns.ts';
import { parquetOf } from '../../../functions/data-collection/archive/rows-to-parquet.ts';
import { NOON } from '../handler-fixture.ts';

// Few users, titles and times, so that ties, repeats and late events are common.
export const START = NOON - 12 * DAY;
export const AS_OF = NOON;
const GENRES = ['Drama', 'Crime', 'Comedy'];
const occurred = fc.nat(26).map((n) => START + n * 12 * HOUR);
/**
 * Delay between an event and its ingestion, milliseconds: none, hours or days, or negative for a device clock ahead of
 * ours.
 */
const delay = fc.constantFrom(0, 0, 1, HOUR, 12 * HOUR, 3 * DAY, 8 * DAY, -HOUR / 30);
export const spec = fc.record({
  kind: fc.constantFrom('play', 'play', 'play', 'rate', 'impression', 'title', 'signup'),
  user: fc.nat(2),
  title: fc.nat(4),
  occurred,
  delay,
  stars: fc.integer({ min: 1, max: 10 }),
  genres: fc.subarray(GENRES),
  duplicateOf: fc.option(fc.nat(29), { freq: 6 }),
});
type Spec = typeof spec extends fc.Arbitrary<infer Value> ? Value : never;

export function eventOf(of: Spec, eventId: string): StoredEvent {
  const times = { occurredAt: of.occurred, sentAt: of.occurred, ingestedAt: of.occurred + of.delay };
  const base = { eventId, userId: `u-${of.user}`, ...times };
  const titleId = `t-${of.title}`;
  switch (of.kind) {
    case 'play':
      return { ...base, type: 'play', titleId };
    case 'rate':
      return { ...base, type: 'rate', titleId, rating: of.stars / 2 };
    case 'impression':
      return { ...base, type: 'impression', requestId: 'r', titleIds: ['t-0', titleId, 't-4', 't-9'] };
    case 'title':
      return { type: 'title', eventId, titleId, name: `${of.stars}`, genres: of.genres, releasedAt: START, ...times };
    default:
      return { ...base, type: 'signup', country: of.stars % 2 ? 'SE' : 'NO' };
  }
}

/** Generates a log in order of arrival. Some ids occur twice, with different contents. */
export const aLog = fc.array(spec, { minLength: 1, maxLength: 30 }).map((specs) => {
  const titles = [0, 1, 2].map((title) =>
    eventOf(
      { ...(specs[0] as Spec), kind: 'title', title, occurred: START, delay: 0, genres: GENRES.slice(title) },
      `e-t${title}`,
    ),
  );
  const events = specs.map((one, i) => eventOf(one, `e-${one.duplicateOf ?? i}`));
  return [...titles, ...events].sort((a, b) => a.ingestedAt - b.ingestedAt);
});

/** Returns a copy of the event for one of many worlds. The worlds share a log, but no ids. */
export function inWorld(event: StoredEvent, world: number): StoredEvent {
  const there = (id: string) => `w${world}-${id}`;
  const eventId = there(event.eventId);
  if (event.type === 'title') return { ...event, eventId, titleId: there(event.titleId) };
  const whose = { eventId, userId: there(event.userId) };
  if (event.type === 'impression') return { ...event, ...whose, titleIds: event.titleIds.map(there) };
  if ('titleId' in event) return { ...event, ...whose, titleId: there(event.titleId) };
  return { ...event, ...whose };
}

/** Returns the partition of an event, which is the same for its repeats. */
const partitionOf = ({ eventId }: StoredEvent) => Number(/\d+$/.exec(eventId)?.[0] ?? 0) % 2;

/** Writes the log as the lake stores it, one file per partition. @returns a SQL relation over the files */
export async function lakeOf(folder: string, events: readonly StoredEvent[]): Promise<string> {
  const files: string[] = [];
  for (const partition of [0, 1]) {
    const rows = events.map((event, offset) => ({
      ...event,
      partition: partitionOf(event),
      offset,
      correlationId: null,
    }));
    const path = join(folder, `events-${partition}.parquet`);
    await writeFile(
      path,
      await parquetOf(
        rows.filter((row) => row.partition === partition),
        COLUMNS[EVENTS] ?? {},
      ),
    );
    files.push(path);
  }
  return parquetRows(files);
}
