import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from '#domain/core/time.ts';
import { Scenario } from '#domain/universe/behaviours-and-scenario-schema.ts';
import { simulateHours } from '../../../functions/universe/engine/simulation-loop.ts';
import { createUniverse } from '../../../functions/universe/worlds/films/create-universe.ts';
import { EMPTY_SLATE } from '../../../functions/universe/worlds/films/request-slate-from-service-or-oracle.ts';
import {
  firstTitles,
  fixed,
  ofType,
  recordingService,
  SIZE,
  START,
  simulateCity,
  simulated,
} from './simulated-city-fixture.ts';

const scenario = (parts: Scenario) => Scenario.parse(parts);
const ids = (events: readonly { readonly eventId: string }[]) => events.map(({ eventId }) => eventId);

describe('a scenario', () => {
  it('without faults does not change the events', async () => {
    const [plain, empty] = [await simulateCity(), await simulateCity({ scenario: scenario({}) })];
    expect(empty.sent).toEqual(plain.sent);
  });

  it('with late events delivers the same events minutes to days later, and loses none', async () => {
    const late = scenario({ late: { share: 0.3, fromMinutes: 1, toMinutes: 36 * 60 } });
    const [plain, delayed] = [await simulateCity({}, { days: 5 }), await simulateCity({ scenario: late }, { days: 5 })];
    const delay = ({ occurredAt, sentAt }: { occurredAt: number; sentAt: number }) => sentAt - occurredAt;
    const byId = new Map(delayed.good.map((one) => [one.event.eventId, one]));
    // The longest delay is 36 hours, so events of the first three of the five days must have arrived.
    const arrived = plain.events.filter(({ occurredAt }) => occurredAt < START + 3 * 24 * HOUR);
    for (const { eventId } of arrived) expect(byId.has(eventId)).toBe(true);
    const lateOnes = delayed.good.filter(({ event }) => delay(event) > MINUTE / 2);
    expect(lateOnes.length / delayed.good.length).toBeGreaterThan(0.2);
    expect(Math.max(...lateOnes.map(({ event }) => delay(event)))).toBeGreaterThan(12 * HOUR);
    for (const { at, event } of delayed.good) expect(event.sentAt).toBeLessThanOrEqual(at);
  });

  it('with duplicates sends some events twice, byte for byte', async () => {
    const { events } = await simulateCity({ scenario: scenario({ duplicates: { share: 0.2 } }) });
    const twice = [...Map.groupBy(events, ({ eventId }) => eventId).values()].filter(({ length }) => length === 2);
    expect(twice.length / events.length).toBeGreaterThan(0.1);
    for (const [first, second] of twice) expect(second).toEqual(first);
  });

  it('with events out of order sends some events before earlier ones', async () => {
    const { good } = await simulateCity({ scenario: scenario({ outOfOrder: { share: 0.2 } }) });
    const inversions = good.filter(({ at, event }, i) => {
      const next = good[i + 1];
      return next?.at === at && next.event.occurredAt < event.occurredAt;
    });
    expect(inversions.length).toBeGreaterThan(20);
  });

  it('with malformed events sends malformed copies in addition to all valid events', async () => {
    const [plain, dirty] = [
      await simulateCity(),
      await simulateCity({ scenario: scenario({ malformed: { share: 0.1 } }) }),
    ];
    expect(ids(dirty.events)).toEqual(ids(plain.events));
    expect(dirty.sent.length).toBeGreaterThan(1.05 * plain.sent.length);
  });

  it('with skewed clocks shifts all events of an affected agent by the same amount, and no other agent’s events', async () => {
    const skewed = scenario({ skewedClocks: { share: 0.3, upToMinutes: 10 } });
    const [plain, off] = [await simulateCity(), await simulateCity({ scenario: skewed })];
    const truth = new Map(plain.events.map((event) => [event.eventId, event]));
    const skewOf = new Map<string, Set<number>>();
    for (const event of off.events) {
      if (event.type === 'title') continue;
      const skew = event.occurredAt - (truth.get(event.eventId)?.occurredAt ?? 0);
      skewOf.set(event.userId, (skewOf.get(event.userId) ?? new Set()).add(skew));
    }
    const skews = [...skewOf.values()];
    for (const one of skews) expect(one.size).toBe(1);
    const wrong = skews.filter((one) => !one.has(0)).length;
    expect(wrong / skews.length).toBeGreaterThan(0.2);
    expect(wrong / skews.length).toBeLessThan(0.4);
  });

  it('with bots adds agents that play every title of their slates and do not count in the outcomes', async () => {
    const { universe, events } = await simulateCity({
      scenario: scenario({ bots: { share: 0.02, sessionsPerDay: 24 } }),
    });
    const plays = [...Map.groupBy(ofType(events, 'play'), ({ userId }) => userId)].filter(
      ([, mine]) => mine.length >= 20,
    );
    const bots = plays.filter(([userId]) => universe.state.sessions[Number(userId.slice(2))] === 0);
    expect(bots.length).toBeGreaterThan(1);
    for (const [, mine] of bots) expect(new Set(ids(mine)).size).toBe(mine.length);
  });

  it('with a fad increases the plays of its genre, but only during its period', () => {
    const share = (parts: Scenario, days: number) => {
      const { world, plays, total } = simulated({ agents: 2_000, titles: 300, scenario: scenario(parts) }, days);
      return (
        plays.reduce((sum, count, title) => sum + (world.catalogue.genres[title]?.includes(8) ? count : 0), 0) / total
      );
    };
    const fad = (fromHour: number): Scenario => ({ fad: { fromHour, hours: 72, genre: 'Horror', strength: 0.6 } });
    expect(share(fad(0), 3)).toBeGreaterThan(1.3 * share({}, 3));
    expect(share(fad(72), 3)).toBe(share({}, 3));
  });

  it('with an outage sends no requests and no events in its period, and delivers the events afterwards', async () => {
    const outage = { fromHour: 18, hours: 5 };
    const { good, requests, events } = await simulateCity({ scenario: scenario({ outage }) });
    const during = (at: number) => at >= START + 18 * HOUR && at < START + 23 * HOUR;
    expect(good.filter(({ at }) => during(at))).toEqual([]);
    expect(events.filter(({ occurredAt }) => during(occurredAt)).length).toBeGreaterThan(0);
    expect(requests).toBeGreaterThan(0);
    const impressions = ofType(events, 'impression').filter(({ occurredAt }) => during(occurredAt));
    expect(impressions).toEqual([]);
  });

  it('with a flash crowd has more sessions, but only during its period', () => {
    const sessions = (parts: Scenario) => simulated({ agents: 2_000, scenario: scenario(parts) }, 1).sessions;
    expect(sessions({ flashCrowd: { fromHour: 0, hours: 24, factor: 3 } })).toBeGreaterThan(2 * sessions({}));
    expect(sessions({ flashCrowd: { fromHour: 24, hours: 24, factor: 3 } })).toBe(sessions({}));
  });

  it('includes events on their way in the saved state of the universe', async () => {
    const late = scenario({ late: { share: 0.5, fromMinutes: 30, toMinutes: 24 * 60 }, duplicates: { share: 0.1 } });
    const complete = await simulateCity({ scenario: late });
    const size = { ...SIZE, scenario: late };
    const posted: unknown[] = [];
    let saved: Uint8Array | undefined;
    for (const [from, to] of [
      [0, 30],
      [30, 72],
    ] as const) {
      const universe = createUniverse(size);
      if (saved) universe.restore(saved);
      const { api, sent, setClock } = recordingService();
      const quiet = { checkpoint: () => {}, settle: async () => {} };
      await simulateHours(
        { universe, api, respond: fixed(firstTitles(20)), duringOutage: EMPTY_SLATE, setClock, ...quiet },
        from,
        to,
      );
      posted.push(...sent);
      saved = universe.save();
    }
    expect(posted).toEqual(complete.sent);
  });

  it('with an unknown fault or an invalid value is rejected', () => {
    expect(() => Scenario.parse({ meteor: {} })).toThrow('meteor');
    expect(() => Scenario.parse({ late: { share: 2 } })).toThrow();
    expect(() => Scenario.parse({ fad: { fromHour: 0, hours: 1, genre: 'Opera' } })).toThrow();
  });
});
