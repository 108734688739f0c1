import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openDuckDb } from '#adapters/duckdb/open-duckdb.ts';
import { DAY, HOUR } from '#domain/core/time.ts';
import type { StoredEvent } from '#domain/events/client-and-stored-events.ts';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import {
  type MaterialisedTitle,
  type MaterialisedUser,
  NO_USER_FEATURES,
  servedUser,
  titleFeaturesKey,
  userFeaturesKey,
} from '#domain/features/feature-names-and-online-items.ts';
import { FEATURE_VIEWS, type FeatureView, type ViewName } from '#domain/features/feature-views.ts';
import { isAlive } from '#domain/features/is-alive.ts';
import { type Watermark, watermarkKey } from '#domain/features/online-features-watermark-types.ts';
import type { Table } from '#ports/table.ts';
import { COLUMNS } from '../../../functions/data-collection/archive/lake-columns.ts';
import { parquetOf } from '../../../functions/data-collection/archive/rows-to-parquet.ts';
import { materialise } from '../../../functions/feature-engineering/refresh-changed-online-features.ts';
import { refreshOnline } from '../../../functions/feature-engineering/refresh-online/handler.ts';
import { FEATURE_VALUES } from '../../../functions/feature-engineering/views/feature-profile.ts';
import { call, type HandlerFixture, handlerFixture, NOON, play, title } from '../handler-fixture.ts';
import { featureOracle, knownAt } from './naive-feature-oracle.ts';
import { AS_OF, aLog, START } from './random-event-logs.ts';

const USERS = ['u-0', 'u-1', 'u-2'];

/** Returns a function that writes events to the lake as the archiver does: in the given order, in one partition. */
function archiver({ lake }: Pick<HandlerFixture, 'lake'>) {
  let offset = 0;
  return async (events: readonly StoredEvent[]): Promise<void> => {
    if (events.length === 0) return;
    const first = offset;
    const rows = events.map((event) => ({ ...event, partition: 0, offset: offset++, correlationId: null }));
    const key = `lake/${EVENTS}/date=2026-01-01/hour=00/${EVENTS}-0-${first}-${offset - 1}.parquet`;
    await lake.put(key, await parquetOf(rows, COLUMNS[EVENTS] ?? {}));
  };
}

/** Returns all online features, without the times of their computation. */
async function dump(features: Table) {
  const users = await features.getMany<MaterialisedUser>(USERS.map(userFeaturesKey));
  const titles = await features.query<MaterialisedTitle>(titleFeaturesKey('').pk);
  const ageless = <Item extends { readonly asOf: number }>(item: Item | undefined) => item && { ...item, asOf: 0 };
  return { users: users.map(ageless), titles: titles.map(({ item }) => ageless(item)) };
}

const userOf = ({ features }: Pick<HandlerFixture, 'features'>, id: string) =>
  features.get<MaterialisedUser>(userFeaturesKey(id));

/** Sets the clock and refreshes the features as of that time. */
function refresh(bench: HandlerFixture, at: number) {
  bench.clock.at = at;
  return materialise(bench, at);
}

describe('the online features', () => {
  it('are the same after many refreshes as after one, for late events, future events and repeats', async () => {
    const steps = fc.array(fc.record({ taken: fc.nat(12), passed: fc.constantFrom(0, 1, HOUR, 3 * DAY, 8 * DAY) }), {
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(aLog, steps, async (log, stepped) => {
        using bench = handlerFixture();
        using whole = handlerFixture();
        const archive = archiver(bench);
        bench.clock.at = START - HOUR;
        let done = 0;
        for (const { taken, passed } of [...stepped, { taken: log.length, passed: 1 }]) {
          const part = log.slice(done, done + taken);
          done += part.length;
          await archive(part);
          // The archiver may lag: events that were ingested before this time may still be missing from the lake.
          bench.clock.at = Math.max(bench.clock.at + passed, ...part.map(({ ingestedAt }) => ingestedAt));
          await materialise(bench, bench.clock.at);
        }
        const at = bench.clock.at;
        await materialise({ ...whole, lake: bench.lake, now: () => at }, at);
        expect(await dump(bench.features)).toEqual(await dump(whole.features));
        const oracle = featureOracle(knownAt(log, at));
        const { users, titles } = await dump(bench.features);
        for (const user of users) if (user) expect(user.features).toEqual(oracle.user(user.userId, at));
        for (const one of titles) if (one) expect(one.features).toEqual(oracle.title(one.titleId, at));
      }),
      { numRuns: 40, interruptAfterTimeLimit: 45_000 },
    );
  });

  it('include a late event from long before the watermark', async () => {
    using bench = handlerFixture();
    const archive = archiver(bench);
    await archive([title('t-1'), play('u-0', 't-1')]);
    bench.clock.at += HOUR;
    await materialise(bench, bench.clock.at);
    const late = { ...play('u-0', 't-2', NOON - 5 * DAY), ingestedAt: bench.clock.at + 1 };
    await archive([late]);
    bench.clock.at += HOUR;
    await materialise(bench, bench.clock.at);
    expect((await userOf(bench, 'u-0'))?.features).toMatchObject({ plays7d: 2, playsTotal: 2 });
  });

  it('include an event that was known before the watermark and reached the lake after it', async () => {
    using bench = handlerFixture();
    const archive = archiver(bench);
    await archive([title('t-1'), play('u-0', 't-1', NOON)]);
    await refresh(bench, NOON + 2 * HOUR);
    await archive([play('u-0', 't-1', NOON + HOUR)]);
    await refresh(bench, NOON + 2 * HOUR);
    expect((await userOf(bench, 'u-0'))?.features.playsTotal).toBe(2);
  });

  it('are written only if they have changed', async () => {
    using bench = handlerFixture();
    const archive = archiver(bench);
    await archive([title('t-1'), title('t-2'), play('u-0', 't-1'), play('u-1', 't-2')]);
    bench.clock.at += HOUR;
    expect(await materialise(bench, bench.clock.at)).toMatchObject({ users: 2, titles: 2 });
    await archive([play('u-1', 't-2', bench.clock.at + 1)]);
    bench.clock.at += HOUR;
    expect(await materialise(bench, bench.clock.at)).toMatchObject({ users: 1, titles: 1 });
    expect(await materialise(bench, bench.clock.at)).toMatchObject({ users: 0, titles: 0 });
  });

  it('change when plays leave the seven days, without any new event', async () => {
    using bench = handlerFixture();
    await archiver(bench)([title('t-1'), play('u-0', 't-1')]);
    await refresh(bench, NOON + HOUR);
    expect((await userOf(bench, 'u-0'))?.features.plays7d).toBe(1);
    await refresh(bench, NOON + 7 * DAY);
    expect((await userOf(bench, 'u-0'))?.features.plays7d).toBe(1);
    await refresh(bench, NOON + 7 * DAY + 1);
    expect((await userOf(bench, 'u-0'))?.features).toMatchObject({ plays7d: 0, playsTotal: 1 });
  });

  it('are not blocked by an event from the future: it counts when its time has come, and the watermark follows our clock', async () => {
    using bench = handlerFixture();
    const archive = archiver(bench);
    const ahead = { ...play('u-0', 't-1', NOON + 30 * DAY), ingestedAt: NOON };
    await archive([title('t-1', ['Drama'], NOON - 1), ahead]);
    await refresh(bench, NOON + HOUR);
    expect(await userOf(bench, 'u-0')).toBeUndefined();
    expect((await bench.features.get<Watermark>(watermarkKey))?.asOf).toBe(NOON + HOUR);
    await archive([play('u-1', 't-1', NOON + HOUR)]);
    await refresh(bench, NOON + 2 * HOUR);
    expect((await userOf(bench, 'u-1'))?.features.playsTotal).toBe(1);
    await refresh(bench, NOON + 31 * DAY);
    expect((await userOf(bench, 'u-0'))?.features.playsTotal).toBe(1);
  });

  it('never go back in time, and are never ahead of our clock', async () => {
    using bench = handlerFixture();
    const archive = archiver(bench);
    await archive([title('t-1'), play('u-0', 't-1'), play('u-0', 't-1', NOON + HOUR)]);
    await refresh(bench, NOON + 2 * HOUR);
    expect(await materialise(bench, NOON + 1)).toEqual({ asOf: NOON + 2 * HOUR, users: 0, titles: 0 });
    expect((await userOf(bench, 'u-0'))?.features.playsTotal).toBe(2);
    expect((await materialise(bench, NOON + 90 * DAY)).asOf).toBe(NOON + 2 * HOUR);
  });

  it('are recomputed when a wrong clock has left the watermark in the future', async () => {
    using bench = handlerFixture();
    await archiver(bench)([title('t-1'), play('u-0', 't-1')]);
    await refresh(bench, NOON + 30 * DAY);
    expect((await userOf(bench, 'u-0'))?.features.plays7d).toBe(0);
    await refresh(bench, NOON + HOUR);
    expect((await userOf(bench, 'u-0'))?.features.plays7d).toBe(1);
  });

  it('are recomputed after two refreshes at the same time', async () => {
    using bench = handlerFixture();
    const archive = archiver(bench);
    await archive([title('t-1'), play('u-0', 't-1')]);
    await refresh(bench, NOON + HOUR);
    await archive([play('u-0', 't-1', NOON + HOUR)]);
    bench.clock.at = NOON + 3 * HOUR;
    let other: Promise<unknown> | undefined;
    const putMany: Table['putMany'] = async (entries) => {
      // Before this refresh (as of NOON + 2 h) writes, another one (as of NOON + 3 h) starts and completes.
      other ??= materialise(bench, NOON + 3 * HOUR);
      await other;
      await bench.features.putMany(entries);
    };
    const done = await materialise({ ...bench, features: { ...bench.features, putMany } }, NOON + 2 * HOUR);
    expect(done.asOf).toBe(NOON + 3 * HOUR);
    expect(await userOf(bench, 'u-0')).toMatchObject({ asOf: NOON + 3 * HOUR, features: { playsTotal: 2 } });
    expect((await bench.features.get<Watermark>(watermarkKey))?.asOf).toBe(NOON + 3 * HOUR);
  });

  it('stay empty for an empty lake', async () => {
    using bench = handlerFixture();
    expect(await call(refreshOnline(bench), {}, 'refresh-online')).toEqual({ asOf: undefined, users: 0, titles: 0 });
    expect(await bench.features.get(watermarkKey)).toBeUndefined();
  });

  it('follow the clock on schedule, and the written items are counted', async () => {
    using bench = handlerFixture();
    await archiver(bench)([title('t-1'), play('u-0', 't-1')]);
    bench.clock.at += HOUR;
    await call(refreshOnline(bench), {}, 'refresh-online');
    expect(bench.telemetry.counts.get('UsersWritten')).toBe(1);
    expect(bench.telemetry.counts.get('TitlesWritten')).toBe(1);
  });
});

describe('the feature views', () => {
  const watermark = { asOf: AS_OF, positions: {} };
  const kept: MaterialisedUser = {
    userId: 'u-0',
    asOf: AS_OF,
    features: { plays7d: 1, playsTotal: 2, meanRating: 3 },
    genreShare: { Drama: 1 },
  };

  it('are served until their time to live has ended, and then as absent', () => {
    const { ttl } = FEATURE_VIEWS.user;
    expect(servedUser(kept, watermark, AS_OF + ttl)).toMatchObject({
      features: kept.features,
      genreShare: { Drama: 1 },
    });
    expect(servedUser(kept, watermark, AS_OF + ttl + 1)).toEqual({ features: NO_USER_FEATURES, genreShare: {} });
    expect(isAlive(FEATURE_VIEWS.title, watermark, AS_OF + FEATURE_VIEWS.title.ttl + 1)).toBe(false);
    expect(isAlive(FEATURE_VIEWS.title, undefined, AS_OF)).toBe(false);
  });

  it.each(Object.entries(FEATURE_VIEWS) as [ViewName, FeatureView][])(
    'include %s, with a meaning, an owner and limits of age',
    (name, view) => {
      expect(view.description.length).toBeGreaterThan(10);
      expect(view.owner).toBe('feature-engineering');
      expect(view.ttl).toBeGreaterThan(view.freshness);
      expect(Object.keys(FEATURE_VALUES[name])).toEqual(Object.keys(view.features));
    },
  );

  it('are tables in an empty world, too', async () => {
    using database = await openDuckDb();
    const { loadWanted } = await import('../../../functions/feature-engineering/views/select-entities.ts');
    const columns = Object.entries(COLUMNS[EVENTS] ?? {}).map(([name, type]) => `NULL::${type} AS "${name}"`);
    await database.run(`CREATE OR REPLACE TEMP VIEW known AS SELECT ${columns.join(', ')} WHERE false`);
    await database.run('CREATE OR REPLACE TEMP TABLE wanted_users (userId VARCHAR)');
    await database.run('CREATE OR REPLACE TEMP TABLE wanted_titles (titleId VARCHAR)');
    await loadWanted(database, Date.UTC(2030, 0, 1));
    for (const { table } of Object.values(FEATURE_VIEWS)) {
      expect(await database.rows(`SELECT * FROM ${table}`)).toEqual([]);
    }
  });
});
