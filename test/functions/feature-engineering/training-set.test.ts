import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DuckDb, openDuckDb, sqlText } from '#adapters/duckdb.ts';
import type { StoredEvent } from '#domain/events.ts';
import { FEATURE_NAMES } from '#domain/features.ts';
import { DAY, HOUR } from '#domain/time.ts';
import { EVENTS } from '#domain/topics.ts';
import { COLUMNS } from '../../../functions/data-collection/archive/columns.ts';
import { parquetOf } from '../../../functions/data-collection/archive/parquet.ts';
import { loadKnown, trainingSet } from '../../../functions/feature-engineering/training-set.ts';
import { INTERACTIONS } from '../../../functions/feature-engineering/views/labels.ts';
import { NOON, type Workbench, workbench } from '../workbench.ts';
import { featureOracle, knownAt } from './oracle.ts';

interface Row {
  readonly userId: string;
  readonly titleId: string;
  readonly occurredAt: bigint;
  readonly label: number;
  readonly weight: number;
  readonly [feature: string]: string | bigint | number;
}

let bench: Workbench;
let database: DuckDb;
beforeEach(async () => {
  bench = workbench();
  database = await openDuckDb();
});
afterEach(() => {
  database[Symbol.dispose]();
  bench[Symbol.dispose]();
});

/** An event that comes twice comes to the same partition. */
const partitionOf = ({ eventId }: StoredEvent) => Number(/\d+$/.exec(eventId)?.[0] ?? 0) % 2;

/** The log as the lake keeps it, one file per partition. @returns DuckDB's list of the files */
async function lakeOf(events: readonly StoredEvent[]): Promise<string> {
  const files: string[] = [];
  for (const partition of [0, 1]) {
    const rows = events.map((event, offset) => ({
      ...event,
      partition: partitionOf(event),
      offset,
      correlationId: null,
    }));
    const path = join(bench.folder, `events-${partition}.parquet`);
    await writeFile(
      path,
      await parquetOf(
        rows.filter((row) => row.partition === partition),
        COLUMNS[EVENTS] ?? {},
      ),
    );
    files.push(sqlText(path));
  }
  return `[${files.join(', ')}]`;
}

async function trainingRows(events: readonly StoredEvent[], asOf: number): Promise<Row[]> {
  await loadKnown(database, await lakeOf(events), asOf);
  return database.rows<Row>(await trainingSet(database));
}

const digest = (rows: readonly Row[]) =>
  createHash('sha256')
    .update(JSON.stringify(rows, (_, value) => (typeof value === 'bigint' ? Number(value) : value)))
    .digest('hex');

// A small world with many collisions: few users, titles and times, so that ties, repeats and late events are common.
const START = NOON - 12 * DAY;
const AS_OF = NOON;
const GENRES = ['Drama', 'Crime', 'Comedy'];
const occurred = fc.nat(26).map((n) => START + n * 12 * HOUR);
/** At once, hours or days late; or from a clock that runs ahead of ours. */
const delay = fc.constantFrom(0, 0, 1, HOUR, 12 * HOUR, 3 * DAY, 8 * DAY, -HOUR / 30);
const spec = fc.record({
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

function eventOf(of: Spec, eventId: string): StoredEvent {
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

/** A log in the order of its coming in; some ids come twice with different contents. */
const aLog = fc.array(spec, { minLength: 1, maxLength: 30 }).map((specs) => {
  const titles = [0, 1, 2].map((title) =>
    eventOf(
      { ...(specs[0] as Spec), kind: 'title', title, occurred: START, delay: 0, genres: GENRES.slice(title) },
      `e-t${title}`,
    ),
  );
  const events = specs.map((one, i) => eventOf(one, `e-${one.duplicateOf ?? i}`));
  return [...titles, ...events].sort((a, b) => a.ingestedAt - b.ingestedAt);
});

function expectRow(row: Row, oracle: ReturnType<typeof featureOracle>): void {
  const { userId, titleId } = row;
  const t = Number(row.occurredAt);
  const [user, title] = [oracle.user(userId, t), oracle.title(titleId, t)];
  expect(FEATURE_NAMES.slice(0, -1).map((name) => row[name])).toEqual([
    user.plays7d,
    user.playsTotal,
    user.meanRating,
    title.plays7d,
    title.playsTotal,
    title.meanRating,
    oracle.ageDays(titleId, t),
  ]);
  expect(row.pair_genreAffinity).toBeCloseTo(oracle.affinity(userId, titleId, t), 6);
}

describe('the training set', () => {
  it('is the bitemporal join that the naive oracle makes, for any log: late, early, equal in time, twice', async () => {
    await fc.assert(
      fc.asyncProperty(aLog, async (events) => {
        const rows = await trainingRows(events, AS_OF);
        const oracle = featureOracle(knownAt(events, AS_OF));
        const [{ labels }] = (await database.rows<{ labels: number }>(
          'SELECT count(*)::INTEGER AS labels FROM labels',
        )) as [{ labels: number }];
        expect(rows).toHaveLength(labels);
        const played = new Set(oracle.plays.map(({ userId, titleId }) => `${userId}/${titleId}`));
        const pair = ({ userId, titleId }: Row) => `${userId}/${titleId}`;
        const positives = rows.filter(({ label }) => label === 1);
        expect(positives.map(pair).sort()).toEqual([...played].sort());
        for (const row of positives) {
          const first = oracle.plays.filter((play) => `${play.userId}/${play.titleId}` === pair(row));
          expect(Number(row.occurredAt)).toBe(Math.min(...first.map(({ occurredAt }) => occurredAt)));
        }
        expect(rows.filter((row) => row.label === 0 && played.has(pair(row)))).toEqual([]);
        for (const row of rows) expectRow(row, oracle);
      }),
      { numRuns: 100 },
    );
  });

  it('does not change by one bit whatever comes in later: no leak from what was not known', async () => {
    await fc.assert(
      fc.asyncProperty(aLog, fc.array(spec, { minLength: 1, maxLength: 20 }), async (events, more) => {
        const before = digest(await trainingRows(events, AS_OF));
        // Late backfills of old happenings, new happenings, corrections of titles; repeats of known ids too.
        const later = more.map((one, i) => {
          const event = eventOf(one, one.duplicateOf === null ? `late-${i}` : `e-${one.duplicateOf}`);
          return { ...event, ingestedAt: AS_OF + 1 + Math.max(0, one.delay) };
        });
        expect(digest(await trainingRows([...events, ...later], AS_OF))).toBe(before);
      }),
      { numRuns: 25 },
    );
  });

  it('is the same whatever the order in which files hold the records of one time', async () => {
    await fc.assert(
      fc.asyncProperty(aLog, async (events) => {
        const unique = [...new Map([...events].reverse().map((event) => [event.eventId, event])).values()];
        const before = digest(await trainingRows(unique, AS_OF));
        expect(digest(await trainingRows([...unique].reverse(), AS_OF))).toBe(before);
      }),
      { numRuns: 20 },
    );
  });

  it('keeps the first play of each title with the last rating among its interactions', async () => {
    await fc.assert(
      fc.asyncProperty(aLog, async (events) => {
        await loadKnown(database, await lakeOf(events), AS_OF);
        const rows = await database.rows<{ userId: string; titleId: string; rating: number | null }>(INTERACTIONS);
        const known = knownAt(events, AS_OF);
        const ratings = known
          .filter((event) => event.type === 'rate')
          .sort(
            (a, b) => a.occurredAt - b.occurredAt || a.ingestedAt - b.ingestedAt || (a.eventId < b.eventId ? -1 : 1),
          );
        for (const row of rows) {
          const mine = ratings.filter((event) => event.userId === row.userId && event.titleId === row.titleId);
          expect(row.rating).toBe(mine.at(-1)?.rating ?? null);
        }
      }),
      { numRuns: 20 },
    );
  });
});
