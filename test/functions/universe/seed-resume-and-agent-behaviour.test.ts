import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { pairedDifference } from '#domain/core/paired-and-bootstrap-estimates.ts';
import { HOUR } from '#domain/core/time.ts';
import type { Api } from '#domain/events/collect-and-recommend-contract.ts';
import {
  liftOver,
  outcomesOf,
  policyResult,
} from '../../../functions/universe/engine/compute-policy-result-and-lift.ts';
import { simulateHours } from '../../../functions/universe/engine/simulation-loop.ts';
import { createUniverse, type Universe } from '../../../functions/universe/worlds/films/create-universe.ts';
import {
  EMPTY_SLATE,
  oracleSlate,
  type RequestSlate,
} from '../../../functions/universe/worlds/films/request-slate-from-service-or-oracle.ts';

const START = Date.UTC(2026, 0, 5);
const SIZE = { seed: 11, agents: 300, titles: 80, startAt: START };
const DAYS = 3;
const HOURS = DAYS * 24;

/** Returns a service that accepts all events and stores them in `posted`. */
function recordingService() {
  const posted: string[] = [];
  const api: Api = async ({ body = '' }) => {
    for (const event of (JSON.parse(body) as { events: unknown[] }).events) posted.push(JSON.stringify(event));
    return { status: 202, headers: {}, body: JSON.stringify({ accepted: 1, duplicates: 0, rejected: [] }) };
  };
  return { api, posted };
}

const titles = (count: number) => Array.from({ length: count }, (_, i) => `t-${String(i).padStart(4, '0')}`);
const fixed =
  (slate: readonly string[]): RequestSlate =>
  async () => ({ titleIds: slate, policy: 'random', degraded: false });

async function simulated(recommend: (universe: Universe) => RequestSlate, size = SIZE, hours = HOURS) {
  const universe = createUniverse(size);
  const { api, posted } = recordingService();
  const drive = {
    universe,
    api,
    respond: recommend(universe),
    duringOutage: EMPTY_SLATE,
    setClock: () => {},
    checkpoint: () => {},
    settle: async () => {},
  };
  await simulateHours(drive, 0, hours);
  return { universe, posted, hash: createHash('sha256').update(posted.join('\n')).digest('hex') };
}

describe('a universe', () => {
  it('produces the same events again for the same seed, and other events for another seed', async () => {
    const slate = () => fixed(titles(20));
    const [first, again, other] = [
      await simulated(slate),
      await simulated(slate),
      await simulated(slate, { ...SIZE, seed: 12 }),
    ];
    expect(again.hash).toBe(first.hash);
    expect(other.hash).not.toBe(first.hash);
  });

  it('resumes from its saved state with the events of an uninterrupted run', async () => {
    const complete = await simulated(() => fixed(titles(20)));
    const first = await simulated(() => fixed(titles(20)), SIZE, HOURS / 2);
    const universe = createUniverse(SIZE);
    universe.restore(first.universe.save());
    const { api, posted } = recordingService();
    await simulateHours(
      {
        universe,
        api,
        respond: fixed(titles(20)),
        duringOutage: EMPTY_SLATE,
        setClock: () => {},
        checkpoint: () => {},
        settle: async () => {},
      },
      HOURS / 2,
      HOURS,
    );
    expect([...first.posted, ...posted]).toEqual(complete.posted);
  });

  it('rejects the saved state of another universe', async () => {
    const saved = createUniverse(SIZE).save();
    expect(() => createUniverse({ ...SIZE, seed: 12 }).restore(saved)).toThrow();
    expect(() => createUniverse(SIZE).restore(saved.subarray(0, 10))).toThrow();
  });

  it.each([[{ ...SIZE, agents: 0 }], [{ ...SIZE, titles: 1.5 }], [{ ...SIZE, startAt: START + 1 }]])(
    'rejects the size %o',
    (size) => {
      expect(() => createUniverse(size)).toThrow();
    },
  );

  it('has the same sessions in shards as in one piece', async () => {
    const complete = createUniverse(SIZE);
    const shards = [
      [0, 100],
      [100, 300],
    ].map(([from = 0, to = 0]) => createUniverse(SIZE, { from, to }));
    for (const hour of [0, 9, 20]) {
      const ids = (universe: Universe) => universe.sessionsOf(hour).map(({ sessionId }) => sessionId);
      expect(shards.flatMap(ids).sort()).toEqual(ids(complete).sort());
    }
  });

  it('posts each event once, within the simulated period and sent after it occurred', async () => {
    const { posted } = await simulated(() => fixed(titles(20)));
    for (const text of posted) {
      const { occurredAt, sentAt } = JSON.parse(text) as { occurredAt: number; sentAt: number };
      expect(sentAt).toBeGreaterThanOrEqual(occurredAt);
      expect(occurredAt).toBeLessThan(START + HOURS * HOUR);
    }
    expect(new Set(posted.map((text) => (JSON.parse(text) as { eventId: string }).eventId)).size).toBe(posted.length);
  });

  it('produces every type of event', async () => {
    const { posted } = await simulated(() => fixed(titles(20)));
    const types = new Set(posted.map((text) => (JSON.parse(text) as { type: string }).type));
    expect([...types].sort()).toEqual(['click', 'impression', 'play', 'rate', 'search', 'signup', 'title']);
  });

  it('has more sessions in the evening than at night', async () => {
    const universe = createUniverse({ ...SIZE, agents: 5_000 });
    const inHours = (from: number, to: number) => {
      let sessions = 0;
      for (let hour = from; hour < to; hour++) sessions += universe.sessionsOf(hour).length;
      return sessions;
    };
    // The countries are in several time zones, which reduces the difference.
    expect(inHours(17, 21)).toBeGreaterThan(1.2 * inHours(1, 5));
  });
});

describe('an agent', () => {
  it('examines a slate from the top, so lower positions are examined less often', async () => {
    const { posted } = await simulated(() => fixed(titles(20)));
    const examinedCount = new Array<number>(20).fill(0);
    for (const text of posted) {
      const event = JSON.parse(text) as { type: string; titleIds: string[] };
      if (event.type === 'impression')
        event.titleIds.forEach((_, position) => {
          examinedCount[position] = (examinedCount[position] ?? 0) + 1;
        });
    }
    for (let position = 1; position < examinedCount.length; position++) {
      expect(examinedCount[position]).toBeLessThanOrEqual(examinedCount[position - 1] as number);
    }
    expect(examinedCount[19]).toBeLessThan((examinedCount[0] as number) / 4);
  });

  it('never plays a title twice', async () => {
    const { posted } = await simulated(() => fixed(titles(20)));
    const plays = posted
      .map((text) => JSON.parse(text) as { type: string; userId: string; titleId: string })
      .filter(({ type }) => type === 'play');
    expect(plays.length).toBeGreaterThan(100);
    expect(new Set(plays.map(({ userId, titleId }) => `${userId}/${titleId}`)).size).toBe(plays.length);
  });

  it('reacts to the same slate in the same way, regardless of other agents’ slates', async () => {
    const one = createUniverse(SIZE);
    const two = createUniverse(SIZE);
    const [first, ...others] = one.sessionsOf(20);
    const sessions = two.sessionsOf(20);
    for (const session of others) one.react(session, { titleIds: titles(20) });
    for (const session of sessions.slice(1)) two.react(session, { titleIds: titles(20).reverse() });
    if (!first || !sessions[0]) throw new Error('nobody came at 20:00');
    expect(two.react(sessions[0], { titleIds: titles(20) }).events).toEqual(
      one.react(first, { titleIds: titles(20) }).events,
    );
  });
});

describe('policies', () => {
  const twin = async (recommend: (universe: Universe) => RequestSlate) =>
    outcomesOf((await simulated(recommend)).universe.state);

  it('give less utility with a fixed slate than with the oracle, on the same agents', async () => {
    const [constant, oracle] = [await twin(() => fixed(titles(20))), await twin(oracleSlate)];
    const difference = pairedDifference(constant.utility, oracle.utility);
    expect(difference.low).toBeGreaterThan(0);
    expect(policyResult(oracle, DAYS).utilityPerSession).toBeGreaterThan(
      policyResult(constant, DAYS).utilityPerSession,
    );
    expect(liftOver(constant, oracle, oracle)).toMatchObject({ oracleShare: 1 });
  });

  it('have a difference of exactly 0 from themselves', async () => {
    const [a, b] = [await twin(() => fixed(titles(20))), await twin(() => fixed(titles(20)))];
    expect(pairedDifference(a.utility, b.utility)).toMatchObject({ value: 0, low: 0, high: 0 });
    expect(() => liftOver(a, b, b)).toThrow('the oracle was not better than the popularity policy');
  });

  it('are measured by coverage, return rate and plays per session', async () => {
    const result = policyResult(await twin(oracleSlate), DAYS);
    expect(result.coverage).toBeGreaterThan(0.5);
    expect(result.coverage).toBeLessThanOrEqual(1);
    expect(result.returnRateDay7).toBeGreaterThan(0);
    expect(result.returnRateDay7).toBeLessThan(1);
    expect(result.playsPerSession).toBeGreaterThan(0);
  });

  it('end the simulation with BRICK_SERVICE_REFUSED when the service rejects requests', async () => {
    const universe = createUniverse(SIZE);
    const api: Api = async () => ({ status: 503, headers: {}, body: 'busy' });
    const drive = {
      universe,
      api,
      respond: fixed([]),
      duringOutage: EMPTY_SLATE,
      setClock: () => {},
      checkpoint: () => {},
      settle: async () => {},
    };
    await expect(simulateHours(drive, 0, 1)).rejects.toMatchObject({ code: 'BRICK_SERVICE_REFUSED' });
  });
});
