import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomNumbers } from '#domain/core/philox-random.ts';
import { HOUR } from '#domain/core/time.ts';
import { BEHAVIOURS } from '#domain/universe/behaviours-and-scenario-schema.ts';
import { bassDiffusion } from '../../../functions/universe/behaviours/bass-word-of-mouth-factor.ts';
import { activePerson, householdSize } from '../../../functions/universe/behaviours/households.ts';
import { ratingOf } from '../../../functions/universe/behaviours/rating.ts';
import { releaseBuzz } from '../../../functions/universe/behaviours/release-buzz.ts';
import {
  appealAfterPlays,
  satiationAfterHours,
  satiationAfterPlay,
  tastePenalty,
} from '../../../functions/universe/behaviours/satiation.ts';
import { patienceFactor, sessionDevice } from '../../../functions/universe/behaviours/session-device-and-patience.ts';
import { drift } from '../../../functions/universe/behaviours/taste-drift.ts';
import { ofType, SIZE, START, simulateCity, simulated } from './simulated-city-fixture.ts';

const unit = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const play = (agent: number) => ({ agent, title: 3, utility: 1, quality: 0, ratingRate: 0.5, bias: 0 });

describe('each behaviour', () => {
  it('release buzz is 0 before a release, highest at the release, and 1 in the long run', () => {
    expect(releaseBuzz(-1)).toBe(0);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5_000 }), (hours) => {
        expect(releaseBuzz(hours + 1)).toBeLessThan(releaseBuzz(hours));
        expect(releaseBuzz(hours)).toBeGreaterThan(1);
      }),
    );
    expect(releaseBuzz(24 * 3_650)).toBeCloseTo(1, 3);
  });

  it('word of mouth peaks some days after the release, earlier and higher for better titles', () => {
    const days = Array.from({ length: 200 }, (_, day) => day);
    const peak = (quality: number) => Math.max(...days.map((day) => bassDiffusion(day, quality)));
    const dayOfPeak = (quality: number) => days.findIndex((day) => bassDiffusion(day, quality) === peak(quality));
    expect(bassDiffusion(-1, 0)).toBe(0);
    expect(dayOfPeak(0)).toBeGreaterThan(5);
    expect(dayOfPeak(2)).toBeLessThan(dayOfPeak(0));
    expect(peak(2)).toBeGreaterThan(peak(-2));
    expect(bassDiffusion(3_650, 1)).toBeCloseTo(1, 6);
  });

  it('taste drift has no jumps and stays within its limits', () => {
    fc.assert(
      fc.property(unit, unit, unit, (before, turn, after) => {
        expect(drift(before, turn, 1)).toBeCloseTo(drift(turn, after, 0), 9);
        expect(drift(before, turn, 0.5)).toBeLessThanOrEqual(Math.max(drift(before, before, 0), drift(turn, turn, 0)));
      }),
    );
  });

  it('satiation grows with each play up to a maximum, and decays over time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 1, max: 5 }), (satiation, genres) => {
        const after = satiationAfterPlay(satiation, genres);
        expect(after).toBeGreaterThanOrEqual(satiation);
        expect(after).toBeLessThanOrEqual(255);
        expect(satiationAfterHours(after, 24)).toBeLessThan(after);
        expect(tastePenalty(after)).toBeGreaterThanOrEqual(tastePenalty(satiation));
      }),
    );
    expect(appealAfterPlays(0)).toBe(1);
    expect(appealAfterPlays(2)).toBeLessThan(appealAfterPlays(1));
  });

  it('every session of an account belongs to one of the people in its household', () => {
    fc.assert(
      fc.property(unit, unit, (many, who) => {
        const people = householdSize(many);
        expect(activePerson(people, who)).toBeGreaterThanOrEqual(0);
        expect(activePerson(people, who)).toBeLessThan(people);
        expect(activePerson(1, who)).toBe(0);
      }),
    );
  });

  it('most sessions are on the agent’s usual device, and a phone shows fewer titles than a TV', () => {
    expect(sessionDevice(2, 0.1, 0)).toBe(2);
    expect(sessionDevice(2, 0.99, 0)).toBe(0);
    expect(patienceFactor(1)).toBeLessThan(patienceFactor(0));
  });

  it('a rating increases with utility, quality and the agent’s bias, and an agent with rating rate 0 never rates', () => {
    const random = randomNumbers(1);
    const mean = (change: object) => {
      const stars = Array.from({ length: 2_000 }, (_, agent) => ratingOf(random, { ...play(agent), ...change }));
      const given = stars.filter((one) => one !== undefined);
      return given.reduce((sum, one) => sum + one, 0) / given.length;
    };
    for (const change of [{ utility: 2 }, { quality: 1 }, { bias: 0.5 }]) {
      expect(mean(change)).toBeGreaterThan(mean({}));
    }
    expect(ratingOf(random, { ...play(1), ratingRate: 0 })).toBeUndefined();
  });
});

describe('a behaviour that is switched off', () => {
  it.each(BEHAVIOURS)('changes the events: %s', async (name) => {
    const size = { agents: 200, titles: 60 };
    const [on, off] = [
      await simulateCity(size, { days: 2 }),
      await simulateCity({ ...size, off: [name] }, { days: 2 }),
    ];
    expect(JSON.stringify(off.events)).not.toBe(JSON.stringify(on.events));
  });

  it('rhythm: sessions are spread evenly over the day', async () => {
    const { events } = await simulateCity({ agents: 2_000, off: ['rhythm', 'boredom'] });
    const searches = ofType(events, 'impression');
    const night = searches.filter(({ occurredAt }) => new Date(occurredAt).getUTCHours() < 12).length;
    expect(night / searches.length).toBeGreaterThan(0.44);
    expect(night / searches.length).toBeLessThan(0.56);
  });

  it('position bias: agents examine the complete slate', async () => {
    const { events } = await simulateCity({ off: ['position-bias'] });
    for (const { titleIds } of ofType(events, 'impression')) expect(titleIds).toHaveLength(20);
  });

  it('countries: all agents are in one country', async () => {
    const { universe } = await simulateCity({ off: ['countries'] }, { days: 1 });
    expect(new Set(Array.from({ length: SIZE.agents }, (_, agent) => universe.countryOf(agent))).size).toBe(1);
  });

  it('devices: each agent uses one device', async () => {
    const { events } = await simulateCity({ off: ['devices'] });
    const byUser = Map.groupBy(ofType(events, 'play'), ({ userId }) => userId);
    for (const plays of byUser.values()) expect(new Set(plays.map(({ device }) => device)).size).toBe(1);
  });

  it('boredom: no agent leaves, and no agent’s satisfaction changes', async () => {
    const { universe } = await simulateCity({ off: ['boredom'] });
    expect(universe.state.churned).not.toContain(1);
    expect(new Set(universe.state.satisfaction).size).toBe(1);
  });

  it('satiation: sessions have more plays', () => {
    const perSession = (off: readonly 'satiation'[]) => {
      const { total, sessions } = simulated({ agents: 1_000, titles: 500, off }, 7);
      return total / sessions;
    };
    expect(perSession(['satiation'])).toBeGreaterThan(1.1 * perSession([]));
  });

  it('hype: new releases get fewer plays', () => {
    const ofPremieres = (off: readonly 'hype'[]) => {
      const { world, plays } = simulated({ agents: 3_000, titles: 400, off }, 14);
      return plays.reduce((sum, count, title) => sum + ((world.catalogue.releaseHour[title] ?? 0) > 0 ? count : 0), 0);
    };
    expect(ofPremieres([])).toBeGreaterThan(1.25 * ofPremieres(['hype']));
  });

  it('word of mouth: friends do not recommend titles by taste, so sessions have fewer plays', () => {
    const size = { agents: 1_000, titles: 500 };
    const [on, off] = [simulated(size, 7), simulated({ ...size, off: ['word-of-mouth'] }, 7)];
    expect(on.total / on.sessions).toBeGreaterThan(1.05 * (off.total / off.sessions));
  });
});

describe('a title that is released later', () => {
  it('is announced in the hour of its release and not played before it', async () => {
    const { good } = await simulateCity({ agents: 500, titles: 200 }, { days: 10 });
    const titles = good.flatMap(({ at, event }) => (event.type === 'title' ? [{ at, ...event }] : []));
    const premieres = titles.filter(({ releasedAt }) => releasedAt > START);
    expect(premieres.length).toBeGreaterThan(0);
    for (const { at, releasedAt } of premieres) expect(at).toBe(releasedAt + HOUR - 1);
    const releases = new Map(premieres.map(({ titleId, releasedAt }) => [titleId, releasedAt]));
    for (const { event } of good) {
      if (event.type !== 'play') continue;
      expect(event.occurredAt).toBeGreaterThanOrEqual(releases.get(event.titleId) ?? START);
    }
  });
});
