import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_ID } from '#domain/core/event-fields.ts';
import { MINUTE } from '#domain/core/time.ts';
import type { StoredEvent } from '#domain/events/client-and-stored-events.ts';
import { EVENTS_DLQ } from '#domain/events/event-log-topics.ts';
import {
  catalogueMarkKey,
  type OnlineTitle,
  type OnlineUser,
  RECENT_PLAYS,
  recentPlays,
  titleFeaturesKey,
  titleKey,
  userKey,
  VIEWED_TITLES,
} from '#domain/features/feature-names-and-online-items.ts';
import {
  addPlays,
  EVERYWHERE,
  earlierPopularityKey,
  type PopularityCounts,
  popularityOf,
} from '#domain/features/play-count-rows-by-country.ts';
import { updateOnline } from '../../../functions/feature-engineering/update-online/handler.ts';
import { viewerOf } from '../../../functions/recommendation/retrieval/read-user-context.ts';
import { mskEvent } from '../../../localstack/embedded/aws/event-source-mapping.ts';
import {
  call,
  delivered,
  type HandlerFixture,
  handlerFixture,
  impression,
  NOON,
  play,
  recordsOf,
  signup,
  title,
} from '../handler-fixture.ts';

const apply = (
  bench: Pick<HandlerFixture, 'features' | 'eventLog' | 'telemetry'>,
  events: readonly StoredEvent[],
  first = 0,
) => call<void>(updateOnline(bench), delivered(events, { first }), 'update-online');
const userOf = ({ features }: HandlerFixture, id: string) => features.get<OnlineUser>(userKey(id));
const countsOf = async ({ features }: HandlerFixture, place: string) => {
  const counts = new Map<string, number>();
  for (const { item } of await features.query<PopularityCounts>(popularityOf(place))) addPlays(counts, item);
  return counts;
};

const USERS = ['u-1', 'u-2', 'u-3'];
const TITLES = ['t-1', 't-2', 't-3', 'constructor', '__proto__'];

/** Returns the users and counts of a log, computed as simply as possible. */
function oracle(events: readonly StoredEvent[]) {
  interface Told {
    country: string | null;
    /** Order of the sign-up that set the country. */
    signup?: string;
    plays: Map<string, number>;
    lastView?: { occurredAt: number; eventId: string; titleIds: readonly string[] };
    updatedAt: number;
  }
  const users = new Map<string, Told>();
  const counts = new Map<string, Map<string, number>>();
  for (const event of events) {
    if (event.type === 'title') continue;
    const user: Told = users.get(event.userId) ?? { country: null, plays: new Map(), updatedAt: 0 };
    users.set(event.userId, user);
    user.updatedAt = Math.max(user.updatedAt, event.ingestedAt);
    if (event.type === 'signup') {
      const order = `${event.occurredAt} ${event.ingestedAt} ${event.eventId}`;
      if (user.signup === undefined || order > user.signup) [user.country, user.signup] = [event.country, order];
    }
    if (event.type === 'impression') {
      const { occurredAt, eventId, titleIds } = event;
      const views = [user.lastView, { occurredAt, eventId, titleIds }].filter((view) => view !== undefined);
      user.lastView = views.sort((a, b) => a.occurredAt - b.occurredAt || (a.eventId < b.eventId ? -1 : 1)).at(-1);
    }
    if (event.type !== 'play') continue;
    if (!user.plays.has(event.titleId)) {
      for (const place of [EVERYWHERE, ...(user.country ? [user.country] : [])]) {
        const here = counts.get(place) ?? new Map<string, number>();
        counts.set(place, here.set(event.titleId, (here.get(event.titleId) ?? 0) + 1));
      }
    }
    user.plays.set(event.titleId, Math.max(event.occurredAt, user.plays.get(event.titleId) ?? 0));
  }
  return { users, counts };
}

async function expectOracle(bench: HandlerFixture, events: readonly StoredEvent[]) {
  const { users, counts } = oracle(events);
  for (const [userId, { country, plays, lastView, updatedAt }] of users) {
    const online = await userOf(bench, userId);
    expect(online).toMatchObject({ userId, country, updatedAt });
    expect(online?.lastView).toEqual(lastView);
    expect([...(online?.seen ?? [])].sort()).toEqual([...plays.keys()].sort());
    const newest = [...plays].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
    expect(online && recentPlays(online)).toEqual(newest.map(([titleId, occurredAt]) => ({ titleId, occurredAt })));
  }
  for (const place of [EVERYWHERE, 'SE', 'NO']) {
    const expected = counts.get(place) ?? new Map();
    expect(await countsOf(bench, place)).toEqual(expected);
  }
}

const time = fc.integer({ min: 0, max: 20 }).map((n) => NOON + n * MINUTE);
const anEvent = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('play'), user: fc.nat(2), title: fc.nat(4), time }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('view'), user: fc.nat(2), title: fc.nat(4), time }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('SE', 'NO'), user: fc.nat(2), title: fc.nat(4), time }) },
);
const aLog = fc.array(anEvent, { minLength: 1, maxLength: 25 }).map((specs) =>
  specs.map(({ kind, user, title: which, time: at }, i): StoredEvent => {
    const [userId, titleId] = [USERS[user] ?? '', TITLES[which] ?? ''];
    if (kind === 'view') return impression(userId, [titleId], at, `e-${i}`);
    return kind === 'play' ? play(userId, titleId, at, `e-${i}`) : signup(userId, kind, at, `e-${i}`);
  }),
);

describe('update-online', () => {
  it('computes profiles, recent plays and popularity of any log, with any batches, redeliveries and crashes', async () => {
    const cuts = fc.array(fc.record({ to: fc.nat(25), back: fc.nat(8), crash: fc.boolean() }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(aLog, cuts, async (events, deliveries) => {
        using bench = handlerFixture();
        let done = 0;
        for (const { to, back, crash } of [...deliveries, { to: events.length, back: 3, crash: false }]) {
          const from = Math.max(0, done - back);
          const until = Math.min(events.length, Math.max(done, to));
          // In a crash, only the first of the two writes succeeds, and the batch is not committed.
          let writes = 0;
          const putMany: typeof bench.features.putMany = async (entries) => {
            if (crash && ++writes > 1) throw new Error('the process died');
            await bench.features.putMany(entries);
          };
          const handled = apply(
            { ...bench, features: { ...bench.features, putMany } },
            events.slice(from, until),
            from,
          );
          await handled.then(
            () => {
              done = until;
            },
            () => {},
          );
        }
        await expectOracle(bench, events);
      }),
      { numRuns: 150 },
    );
  });

  it('sorts a late play by its own time, and stores the newest play of each title', async () => {
    using bench = handlerFixture();
    await apply(bench, [play('u-1', 't-1', NOON + 5), play('u-1', 't-2', NOON + 9), play('u-1', 't-3', NOON)]);
    await apply(bench, [play('u-1', 't-2', NOON + 1)], 3);
    expect(await userOf(bench, 'u-1')).toMatchObject({
      seen: ['t-2', 't-1', 't-3'],
      seenAt: [NOON + 9, NOON + 5, NOON],
    });
  });

  it('stores the country of the latest sign-up, in any order of arrival and with any batches', async () => {
    const [early, late] = [signup('u-1', 'SE', NOON, 'e-1'), signup('u-1', 'NO', NOON + 5, 'e-2')];
    const twin = { ...late, eventId: 'e-3', country: 'FI' } as StoredEvent;
    for (const batches of [[[late, early]], [[late], [early]], [[early], [late]], [[late, early, early], [late]]]) {
      using bench = handlerFixture();
      for (const [i, batch] of batches.entries()) await apply(bench, batch, i * 10);
      expect(await userOf(bench, 'u-1')).toMatchObject({ country: 'NO' });
      await apply(bench, [twin], 20);
      await apply(bench, [late], 30);
      expect(await userOf(bench, 'u-1')).toMatchObject({ country: 'FI' });
    }
  });

  it('replaces the country of a profile that does not name its sign-up', async () => {
    using bench = handlerFixture();
    await bench.features.put(userKey('u-1'), { userId: 'u-1', country: 'SE', seen: [], seenAt: [], updatedAt: NOON });
    await apply(bench, [signup('u-1', 'NO', NOON - 5)]);
    expect(await userOf(bench, 'u-1')).toMatchObject({ country: 'NO' });
  });

  it('stores the first titles of the last impression', async () => {
    using bench = handlerFixture();
    const titleIds = Array.from({ length: VIEWED_TITLES + 5 }, (_, n) => `t-${n}`);
    await apply(bench, [impression('u-1', titleIds, NOON + 5), impression('u-1', ['t-99'], NOON)]);
    expect((await userOf(bench, 'u-1'))?.lastView).toMatchObject({
      occurredAt: NOON + 5,
      titleIds: titleIds.slice(0, VIEWED_TITLES),
    });
  });

  it('removes the oldest of many recent plays, but never a played title', async () => {
    using bench = handlerFixture();
    const events = Array.from({ length: RECENT_PLAYS + 10 }, (_, n) => play('u-1', `t-${n}`, NOON + n));
    await apply(bench, events);
    const user = await userOf(bench, 'u-1');
    expect(user?.seenAt).toEqual(Array.from({ length: RECENT_PLAYS }, (_, n) => NOON + RECENT_PLAYS + 9 - n));
    expect(user?.seen[0]).toBe(`t-${RECENT_PLAYS + 9}`);
    expect(user?.seen.toSorted()).toEqual(events.map((_, n) => `t-${n}`).sort());
    // A repeated play of one of the oldest titles makes it recent again.
    await apply(bench, [play('u-1', 't-0', NOON + 2 * RECENT_PLAYS)], events.length);
    const later = await userOf(bench, 'u-1');
    expect(later?.seen[0]).toBe('t-0');
    expect(later?.seen).toHaveLength(RECENT_PLAYS + 10);
  });

  it('stores any number of played titles, in items below the 400 KB of DynamoDB', async () => {
    using bench = handlerFixture();
    const longId = (n: number) => `t-${n}`.padEnd(MAX_ID, '~');
    const events = Array.from({ length: 7_000 }, (_, n) => play('u-1', longId(n), NOON + n));
    const items = () => bench.features.query<object>('user#u-1');
    for (let from = 0; from < events.length; from += 1_000) await apply(bench, events.slice(from, from + 1_000), from);
    for (const { item } of await items()) expect(JSON.stringify(item).length).toBeLessThan(400_000);
    const stored = await items();
    expect(stored.map(({ sk }) => sk)).toEqual(['profile', 'seen#0']);
    const viewer = await viewerOf(bench, { userId: 'u-1' });
    expect(viewer.profile.seen.toSorted()).toEqual(events.map((_, n) => longId(n)).sort());
    // Deliveries are repeated, and one of the oldest titles is played again: neither counts as a first play.
    await apply(bench, events.slice(0, 1_000), 0);
    expect(await items()).toEqual(stored);
    await apply(bench, [play('u-1', longId(3), NOON + 8_000)], events.length);
    const again = await viewerOf(bench, { userId: 'u-1' });
    expect(again.profile.seen[0]).toBe(longId(3));
    expect(again.profile.seen).toHaveLength(events.length);
    expect((await countsOf(bench, EVERYWHERE)).get(longId(3))).toBe(1);
  });

  it('reads a profile in the earlier format', async () => {
    using bench = handlerFixture();
    const recent = [
      { titleId: 't-2', occurredAt: NOON + 2 },
      { titleId: 't-1', occurredAt: NOON + 1 },
    ];
    const earlier = { userId: 'u-1', country: 'SE', recent, seen: ['t-0', 't-1', 't-2'], updatedAt: NOON };
    await bench.features.put(userKey('u-1'), earlier);
    await apply(bench, [play('u-1', 't-1', NOON + 3), play('u-1', 't-0', NOON)]);
    const user = await userOf(bench, 'u-1');
    expect(user).toMatchObject({
      country: 'SE',
      seen: ['t-1', 't-2', 't-0'],
      seenAt: [NOON + 3, NOON + 2, NOON],
    });
    expect(user).not.toHaveProperty('recent');
  });

  it('counts a title once per user, here and everywhere', async () => {
    using bench = handlerFixture();
    await apply(bench, [signup('u-1', 'SE'), play('u-1', 't-1'), play('u-1', 't-1'), play('u-2', 't-1')]);
    expect(await countsOf(bench, EVERYWHERE)).toEqual(new Map([['t-1', 2]]));
    expect(await countsOf(bench, 'SE')).toEqual(new Map([['t-1', 1]]));
  });

  it('continues from counts in the earlier format (one row), and counts no play twice', async () => {
    using bench = handlerFixture();
    const earlier = { counts: { 't-1': 7 }, offset: 1 };
    await bench.features.put(earlierPopularityKey(EVERYWHERE, 0), earlier);
    const plays = ['u-1', 'u-2', 'u-3'].map((user) => play(user, 't-1'));
    await apply(bench, [signup('u-1', 'SE'), ...plays]);
    expect(await countsOf(bench, EVERYWHERE)).toEqual(new Map([['t-1', 7 + 2]]));
    expect(await bench.features.get(earlierPopularityKey(EVERYWHERE, 0))).toEqual(earlier);
  });

  it('stores the last description of a title, and does not change its features', async () => {
    using bench = handlerFixture();
    const features = { plays7d: 1, playsTotal: 2, meanRating: 3 };
    await bench.features.put(titleFeaturesKey('t-1'), { titleId: 't-1', asOf: NOON, features });
    await apply(bench, [title('t-1', ['Drama'])]);
    await apply(bench, [title('t-1', ['Comedy'])], 1);
    expect(await bench.features.get<OnlineTitle>(titleKey('t-1'))).toMatchObject({ genres: ['Comedy'] });
    expect(await bench.features.get(titleFeaturesKey('t-1'))).toMatchObject({ features });
  });

  it('stores the latest description of a title, in any order of arrival, with any batches and after a crash', async () => {
    const late = { ...title('t-1', ['Comedy'], NOON + 5), eventId: 'e-2' } as StoredEvent;
    const early = { ...title('t-1', ['Drama'], NOON), eventId: 'e-1' } as StoredEvent;
    for (const batches of [[[late, early]], [[late], [early]], [[early], [late]], [[late], [early, late], [early]]]) {
      for (const crashes of [0, 1]) {
        using bench = handlerFixture();
        let writes = 0;
        const putMany: typeof bench.features.putMany = async (entries) => {
          if (++writes === crashes) throw new Error('the process died');
          await bench.features.putMany(entries);
        };
        const dying = { ...bench, features: { ...bench.features, putMany } };
        for (const [i, batch] of batches.entries()) {
          await apply(dying, batch, i * 10).catch(() => apply(dying, batch, i * 10));
        }
        const stored = await bench.features.get<OnlineTitle>(titleKey('t-1'));
        expect(stored).toEqual({
          titleId: 't-1',
          name: 'Film t-1',
          genres: ['Comedy'],
          releasedAt: expect.any(Number),
        });
        expect(await bench.features.get(catalogueMarkKey)).toBeDefined();
      }
    }
  });

  it('applies all readable records, and appends poison to the dead letters', async () => {
    using bench = handlerFixture();
    const good = { key: 'u-1', value: JSON.stringify(play('u-1', 't-1')), timestamp: NOON, headers: {}, partition: 0 };
    const records = [
      { ...good, offset: 4 },
      ...['{', '5', '{}', 'null', JSON.stringify({ ...play('u-1', 't-2'), titleId: undefined })].map((value, i) => ({
        ...good,
        offset: 5 + i,
        value,
      })),
      { ...good, value: JSON.stringify(play('u-1', 't-3')), offset: 10 },
    ];
    await call<void>(updateOnline(bench), mskEvent('events.v1', records), 'update-online');
    expect((await userOf(bench, 'u-1'))?.seen).toEqual(['t-1', 't-3']);
    const letters = await recordsOf(bench.eventLog, EVENTS_DLQ);
    expect(letters.map(({ key }) => key).sort()).toEqual([5, 6, 7, 8, 9].map((offset) => `events.v1/0/${offset}`));
    expect(letters.map(({ headers }) => headers['x-consumer'])).toEqual(Array(5).fill('online-features'));
    expect(bench.telemetry.counts.get('DeadLetters')).toBe(5);
    // The SLO online-features-delivery counts the batch as bad.
    expect(bench.telemetry.counts.get('Errors')).toBe(1);
    await call<void>(updateOnline(bench), mskEvent('events.v1', [{ ...good, offset: 11 }]), 'update-online');
    expect(bench.telemetry.counts.get('Errors')).toBe(1);
  });
});
