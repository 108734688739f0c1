import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DuckDb, openDuckDb } from '#adapters/duckdb/open-duckdb.ts';
import { DAY } from '#domain/core/time.ts';
import type { StoredEvent } from '#domain/events/client-and-stored-events.ts';
import { FEATURE_NAMES } from '#domain/features/feature-names-and-online-items.ts';
import { loadKnown, trainingSet } from '../../../functions/feature-engineering/training-set-query-and-split-time.ts';
import { INTERACTIONS } from '../../../functions/feature-engineering/views/training-queries.ts';
import { type HandlerFixture, handlerFixture } from '../handler-fixture.ts';
import { featureOracle, knownAt, negativeOracle } from './naive-feature-oracle.ts';
import { AS_OF, aLog, eventOf, inWorld, lakeOf, spec } from './random-event-logs.ts';

interface Row {
  readonly userId: string;
  readonly titleId: string;
  readonly occurredAt: bigint;
  readonly label: number;
  readonly [feature: string]: string | bigint | number;
}

let bench: HandlerFixture;
let database: DuckDb;
beforeEach(async () => {
  bench = handlerFixture();
  database = await openDuckDb();
});
afterEach(() => {
  database[Symbol.dispose]();
  bench[Symbol.dispose]();
});

async function trainingRows(events: readonly StoredEvent[], asOf: number): Promise<Row[]> {
  await loadKnown(database, await lakeOf(bench.folder, events), asOf);
  return database.rows<Row>(await trainingSet(database));
}

const digest = (rows: readonly Row[]) =>
  createHash('sha256')
    .update(JSON.stringify(rows, (_, value) => (typeof value === 'bigint' ? Number(value) : value)))
    .digest('hex');

const LABELS_COMPARED = 30_000;
const WORLDS_AT_ONCE = 400;
const SEEDS = 2 ** 31;
/** Tolerance of the genre affinity: the SQL rounds it to 32 bits, the oracle does not. */
const NEARLY = 1e-6;

type Oracle = ReturnType<typeof featureOracle>;
type Negatives = ReturnType<typeof negativeOracle>;

/** Returns a row and its expected values if they differ. @param titles oracle of the world with the row's title */
function mismatch(row: Row, users: Oracle, titles: Oracle): object | undefined {
  const { userId, titleId } = row;
  const t = Number(row.occurredAt);
  const [user, title] = [users.user(userId, t), titles.title(titleId, t)];
  const expected = [
    user.plays7d,
    user.playsTotal,
    user.meanRating,
    title.plays7d,
    title.playsTotal,
    title.meanRating,
    titles.ageDays(titleId, t),
  ];
  const genres = titles.titles.get(titleId)?.genres ?? [];
  const share = users.genreShare(userId, t);
  const affinity = genres.reduce((sum, genre) => sum + (share.get(genre) ?? 0), 0) / Math.max(1, genres.length);
  const found = FEATURE_NAMES.slice(0, -1).map((name) => row[name]);
  const equal = found.every((value, i) => value === expected[i]);
  const near = Math.abs((row.pair_genreAffinity as number) - affinity) < NEARLY;
  return equal && near ? undefined : { row, expected, affinity };
}

const key = ({ userId, titleId, occurredAt }: Pick<Row, 'userId' | 'titleId'> & { occurredAt: bigint | number }) =>
  `${userId}/${titleId}/${occurredAt}`;
/** Formats a row without the features of the title's description, which depend on when the training set is built. */
const timeless = (row: Row): string =>
  [key(row), row.label, ...FEATURE_NAMES.filter((name) => !DESCRIBED.includes(name)).map((name) => row[name])].join(
    ' ',
  );
const DESCRIBED = ['title_ageDays', 'pair_genreAffinity'];
const owner = ({ userId, occurredAt }: Pick<Row, 'userId'> & { occurredAt: bigint | number }) =>
  `${userId}/${occurredAt}`;

/** Returns negatives that no impression or play allows, and users and times with too many or too few negatives. */
function wrongNegatives(rows: readonly Row[], { shown, firstPlays, sampledFor, perPlay }: Negatives): object[] {
  const found = Map.groupBy(
    rows.filter(({ label }) => label === 0),
    owner,
  );
  const impressions = Map.groupBy(shown, ({ cause }) => owner(cause));
  const plays = Map.groupBy(firstPlays, owner);
  return [...new Set([...found.keys(), ...impressions.keys()])].flatMap((at): object[] => {
    const mine = found.get(at) ?? [];
    const skipped = impressions.get(at) ?? [];
    const causes = plays.get(at) ?? [];
    const allowed = new Set([
      ...skipped.flatMap((one) => one.skipped),
      ...causes.flatMap((play) => [...sampledFor(play)]),
    ]);
    const forbidden = mine.filter(({ titleId }) => !allowed.has(titleId));
    const least = skipped.reduce((sum, one) => sum + one.rows, 0);
    const most = least + perPlay * causes.length;
    return mine.length < least || mine.length > most ? [{ at, least, most, found: mine.length }] : forbidden;
  });
}

describe('the training set', () => {
  it('equals the naive oracle for any log: late events, future events, equal times, repeats', async () => {
    await fc.assert(
      fc.asyncProperty(aLog, async (events) => {
        const rows = await trainingRows(events, AS_OF);
        const oracle = featureOracle(knownAt(events, AS_OF));
        const [{ labels }] = (await database.rows<{ labels: number }>(
          'SELECT count(*)::INTEGER AS labels FROM labels',
        )) as [{ labels: number }];
        expect(rows).toHaveLength(labels);
        const negatives = negativeOracle(knownAt(events, AS_OF), AS_OF);
        const positives = rows.filter(({ label }) => label === 1);
        expect(positives.map(key).sort()).toEqual(negatives.firstPlays.map(key).sort());
        expect(wrongNegatives(rows, negatives)).toEqual([]);
        for (const row of rows) expect(mismatch(row, oracle, oracle)).toBeUndefined();
      }),
      { numRuns: 100 },
    );
  });

  it('is right for thirty thousand labels of hundreds of random worlds', { timeout: 60_000 }, async () => {
    const seed = Number(process.env.TEST_SEED ?? Date.now() % SEEDS);
    let compared = 0;
    for (let batch = 0; compared < LABELS_COMPARED; batch++) {
      const worlds = fc.sample(aLog, { numRuns: WORLDS_AT_ONCE, seed: seed + batch });
      const events = worlds.flatMap((log, world) => log.map((event) => inWorld(event, world)));
      const rows = await trainingRows(events, AS_OF);
      const oracles = worlds.map((log, world) =>
        featureOracle(
          knownAt(
            log.map((event) => inWorld(event, world)),
            AS_OF,
          ),
        ),
      );
      const of = (id: string) => oracles[Number(id.slice(1, id.indexOf('-')))] as ReturnType<typeof featureOracle>;
      const labels = await database.rows<{ labels: number }>('SELECT count(*)::INTEGER AS labels FROM labels');
      expect(rows).toHaveLength(labels[0]?.labels ?? -1);
      // The title that is sampled for a user's label may belong to another world.
      const wrong = rows.filter((row) => mismatch(row, of(row.userId), of(row.titleId)) !== undefined);
      expect(wrong.slice(0, 1), `seed ${seed + batch}`).toEqual([]);
      compared += rows.length;
    }
    expect(compared).toBeGreaterThanOrEqual(LABELS_COMPARED);
  });

  it('does not use a repeat in place of an event that is dated in the future', async () => {
    const times = { occurredAt: AS_OF, sentAt: AS_OF, ingestedAt: AS_OF - 1 };
    const ahead: StoredEvent = { type: 'play', eventId: 'e-1', userId: 'u-1', titleId: 't-1', ...times };
    const repeat: StoredEvent = { ...ahead, titleId: 't-2', occurredAt: AS_OF - DAY, ingestedAt: AS_OF };
    expect(await trainingRows([ahead, repeat], AS_OF)).toEqual([]);
    expect(await trainingRows([ahead, repeat], AS_OF + 1)).toMatchObject([{ titleId: 't-1', label: 1 }]);
  });

  it('does not change by one bit for any later arrivals: unknown events do not leak', async () => {
    await fc.assert(
      fc.asyncProperty(aLog, fc.array(spec, { minLength: 1, maxLength: 20 }), async (events, more) => {
        const before = digest(await trainingRows(events, AS_OF));
        // Late backfills of old events, new events, corrections of titles, repeats of known ids.
        const later = more.map((one, i) => {
          const event = eventOf(one, one.duplicateOf === null ? `late-${i}` : `e-${one.duplicateOf}`);
          return { ...event, ingestedAt: AS_OF + 1 + Math.max(0, one.delay) };
        });
        expect(digest(await trainingRows([...events, ...later], AS_OF))).toBe(before);
      }),
      { numRuns: 25 },
    );
  });

  it('has the same earlier rows when it is built later: no row depends on anything after its own time', async () => {
    await fc.assert(
      fc.asyncProperty(aLog, fc.integer({ min: 1, max: 11 }), async (events, days) => {
        // A second description of a title changes the genres of earlier rows, by design. This log has one per title.
        const described = new Set<string>();
        const once = events.filter(
          (event) => event.type !== 'title' || (!described.has(event.titleId) && described.add(event.titleId)),
        );
        const split = AS_OF - days * DAY;
        const before = await trainingRows(once, split);
        const after = await trainingRows(once, AS_OF);
        const complete = await database.rows<{ complete: boolean }>(
          `SELECT knownAt <= ${split} AS complete FROM labels ORDER BY occurredAt, userNo, titleNo, label`,
        );
        const early = after.filter((_, i) => complete[i]?.complete);
        expect(early.map(timeless).sort()).toEqual(before.map(timeless).sort());
      }),
      { numRuns: 60 },
    );
  });

  it('has negatives that are played later, because a row cannot depend on later plays', async () => {
    const split = AS_OF - 6 * DAY;
    const worlds = fc.sample(aLog, { numRuns: WORLDS_AT_ONCE, seed: 1 });
    const events = worlds.flatMap((log, world) => log.map((event) => inWorld(event, world)));
    const playedLater = new Set(
      knownAt(events, AS_OF).flatMap((event) =>
        event.type === 'play' && event.occurredAt >= split ? [`${event.userId} ${event.titleId}`] : [],
      ),
    );
    const negatives = (await trainingRows(events, split)).filter(({ label }) => label === 0);
    const share =
      negatives.filter(({ userId, titleId }) => playedLater.has(`${userId} ${titleId}`)).length / negatives.length;
    // An earlier version leaked: its negatives excluded titles that the user plays after the split. Its share was 0.
    expect(share).toBeGreaterThan(0.001);
  });

  it('does not depend on the order of records in the files', async () => {
    await fc.assert(
      fc.asyncProperty(aLog, async (events) => {
        const unique = [...new Map([...events].reverse().map((event) => [event.eventId, event])).values()];
        const before = digest(await trainingRows(unique, AS_OF));
        expect(digest(await trainingRows([...unique].reverse(), AS_OF))).toBe(before);
      }),
      { numRuns: 20 },
    );
  });

  it('has the first play and the last rating of each title in its interactions', async () => {
    await fc.assert(
      fc.asyncProperty(aLog, async (events) => {
        await loadKnown(database, await lakeOf(bench.folder, events), AS_OF);
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
