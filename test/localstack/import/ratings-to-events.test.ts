import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MINUTE } from '#domain/core/time.ts';
import { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import { MAX_BATCH } from '#domain/events/collect-and-recommend-contract.ts';
import { windowsOf } from '../../../localstack/embedded/import/divide-events-by-clock-window.ts';
import {
  eventId,
  type Overview,
  ratingConverter,
  type SourcedEvent,
  type SourcedRating,
} from '../../../localstack/embedded/import/ratings-to-events.ts';

const START = Date.UTC(1997, 8, 20);

const ratings = fc
  .array(
    fc.record({
      userId: fc.constantFrom('u1', 'u2', 'u3'),
      titleId: fc.constantFrom('t1', 't2', 't3', 't4'),
      rating: fc.constantFrom(1, 3.5, 5),
      ratedAt: fc.integer({ min: 0, max: 40 }).map((minutes) => START + minutes * MINUTE),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((rows): SourcedRating[] =>
    rows
      .map((row, i) => ({ ...row, line: i + 1 }))
      .sort(
        (a, b) =>
          a.ratedAt - b.ratedAt || compare(a.userId, b.userId) || compare(a.titleId, b.titleId) || a.rating - b.rating,
      ),
  );
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

const CATALOGUE = [
  { titleId: 't1', name: 'Old', genres: ['Drama'], releasedAt: Date.UTC(1950, 0, 1) },
  { titleId: 't2', name: 'New', genres: [], releasedAt: START + 20 * MINUTE },
  { titleId: 't3', name: 'Undated', genres: ['War'], releasedAt: null },
  { titleId: 't5', name: 'Never rated', genres: [], releasedAt: START + 1_000 * MINUTE },
];

function overviewOf(rows: readonly SourcedRating[]): Overview {
  const times = rows.map(({ ratedAt }) => ratedAt);
  const firstRated = new Map<string, SourcedRating>();
  for (const row of rows.toReversed()) firstRated.set(row.titleId, row);
  return {
    titles: new Map(CATALOGUE.map((title, i) => [title.titleId, { ...title, line: i + 2 }])),
    countries: new Map([['u1', 'US']]),
    users: new Set(rows.map(({ userId }) => userId)).size,
    firstRated,
    from: Math.min(...times),
    to: Math.max(...times),
  };
}

function convert(rows: readonly SourcedRating[]) {
  const converter = ratingConverter(overviewOf(rows));
  const events = [...rows.flatMap((row) => converter.eventsUpTo(row)), ...converter.remainingEvents()];
  return { events: events.map(({ event }) => event), sourced: events, duplicates: converter.duplicates() };
}

describe('a history', () => {
  it('is ordered by time and contains valid events with unique ids', () => {
    fc.assert(
      fc.property(ratings, (rows) => {
        const { events } = convert(rows);
        const times = events.map(({ occurredAt }) => occurredAt);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
        for (const event of events) expect(ClientEvent.parse(event)).toEqual(event);
        expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(events.length);
      }),
    );
  });

  it('contains each distinct rating once, and each user and title once, before they are used', () => {
    fc.assert(
      fc.property(ratings, (rows) => {
        const { events, duplicates } = convert(rows);
        const distinct = new Set(
          rows.map(({ userId, titleId, rating, ratedAt }) => [userId, titleId, rating, ratedAt].join()),
        );
        expect(events.filter(({ type }) => type === 'rate')).toHaveLength(distinct.size);
        expect(duplicates).toBe(rows.length - distinct.size);
        expect(events.filter(({ type }) => type === 'signup')).toHaveLength(
          new Set(rows.map(({ userId }) => userId)).size,
        );
        const known = new Set<string>();
        for (const event of events) {
          if (event.type === 'title') known.add(event.titleId);
          if (event.type === 'signup') known.add(event.userId);
          if (event.type === 'play') expect(known.has(event.titleId) && known.has(event.userId)).toBe(true);
        }
      }),
    );
  });

  it('adds a title when it is released, but not before the data begin nor after its first rating', () => {
    const row = (titleId: string, minutes: number, line: number): SourcedRating => ({
      userId: 'u1',
      titleId,
      rating: 3,
      ratedAt: START + minutes * MINUTE,
      line,
    });
    const { events } = convert([row('t1', 0, 1), row('t3', 10, 2), row('t2', 30, 3), row('t4', 40, 4)]);
    const entered = events.flatMap((event) =>
      event.type === 'title' ? [[event.titleId, (event.occurredAt - START) / MINUTE, event.name]] : [],
    );
    expect(entered).toEqual([
      ['t1', 0, 'Old'],
      ['t3', 10, 'Undated'],
      ['t2', 20, 'New'],
      ['t4', 40, 'Title t4'],
      ['t5', 40, 'Never rated'],
    ]);
  });

  it('contains the source line of each event, also for titles outside the catalogue', () => {
    const rows = ['t1', 't4', 't4'].map((titleId, i) => ({
      userId: 'u1',
      titleId,
      rating: 3,
      ratedAt: START + i,
      line: 9 - i,
    }));
    const titleOf = (event: ClientEvent) => ('titleId' in event ? event.titleId : 'nobody');
    const { sourced } = convert(rows);
    const lines = sourced.map(({ event, file, line }) => `${event.type} ${titleOf(event)}: ${file} ${line}`);
    expect(lines.filter((text) => /nobody|t1|t4|t5/.test(text))).toEqual([
      'title t1: titles 2',
      'signup nobody: ratings 9',
      'play t1: ratings 9',
      'rate t1: ratings 9',
      'title t4: ratings 8',
      'play t4: ratings 8',
      'rate t4: ratings 8',
      'title t5: titles 5',
      'play t4: ratings 7',
      'rate t4: ratings 7',
    ]);
  });

  it('contains a country only if the data contain it', () => {
    const { events } = convert(
      ['u1', 'u2'].map((userId, i) => ({ userId, titleId: 't1', rating: 3, ratedAt: START, line: i + 1 })),
    );
    expect(events.flatMap((event) => (event.type === 'signup' ? [event.country] : []))).toEqual(['US', 'ZZ']);
  });
});

describe('an event id', () => {
  const part = fc.stringMatching(/^[A-Za-z0-9._:~-]{1,64}$/);
  it('is valid, and differs if the parts differ', () => {
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 3 }),
        fc.array(part, { minLength: 1, maxLength: 3 }),
        (a, b) => {
          expect(eventId('play', ...a)).toMatch(/^[A-Za-z0-9._:~-]{1,64}$/);
          expect(eventId('play', ...a) === eventId('play', ...b)).toBe(JSON.stringify(a) === JSON.stringify(b));
        },
      ),
    );
  });
});

describe('windows', () => {
  const collect = async (events: readonly SourcedEvent[]) => {
    async function* one() {
      yield events;
    }
    return Array.fromAsync(windowsOf(one()));
  };

  it('contain every event once, in order, within one request and the accepted clock difference', async () => {
    await fc.assert(
      fc.asyncProperty(ratings, async (rows) => {
        const { sourced } = convert(rows);
        const windows = await collect(sourced);
        expect(windows.flatMap(({ events }) => events)).toEqual(sourced);
        for (const { at, events } of windows) {
          expect(events.length).toBeLessThanOrEqual(MAX_BATCH);
          expect(events.every(({ event }) => event.occurredAt <= at + 5 * MINUTE)).toBe(true);
        }
        for (const { at, events } of windows.slice(0, -1)) expect(at).toBe(events[0]?.event.occurredAt);
        expect(windows.at(-1)?.at).toBe(sourced.at(-1)?.event.occurredAt);
      }),
    );
  });

  it('end when a request is full', async () => {
    const row = (line: number): SourcedEvent => ({
      file: 'ratings',
      line,
      event: { type: 'search', eventId: `s${line}`, userId: 'u', query: '', occurredAt: START, sentAt: START },
    });
    const windows = await collect(Array.from({ length: 2 * MAX_BATCH + 1 }, (_, i) => row(i)));
    expect(windows.map(({ events }) => events.length)).toEqual([MAX_BATCH, MAX_BATCH, 1]);
  });
});
