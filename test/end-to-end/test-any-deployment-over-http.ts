import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CollectReply, Problem, RecommendReply } from '#domain/events/collect-and-recommend-contract.ts';

/** A running deployment of AgentBricks, used only over HTTP: in this process, on an emulated AWS, or on AWS. */
export interface Deployment {
  readonly baseUrl: string;
  /** Returns the deployment's current time, UTC epoch milliseconds. @default - the wall clock */
  readonly now?: () => number;
  /** Resolves once all ingested events have been delivered. @default - unknown; the suite polls for the effects */
  readonly settle?: () => Promise<void>;
  close(): Promise<void>;
}

const EVENTUALLY = { timeout: 20_000, interval: 100 };
const COUNTRY = 'SE';

/**
 * Requirements of every deployment, tested from outside. Each run uses new ids, so the deployment may have other users.
 */
export const platformSuite = (name: string, deploy: () => Promise<Deployment>) =>
  describe(`${name}, over HTTP`, () => {
    const run = `${Date.now().toString(36)}`;
    const id = (kind: string, n: number | string) => `${kind}-${run}-${n}`;
    let deployment: Deployment;
    const now = () => (deployment.now ?? Date.now)() - 1_000;

    beforeAll(async () => {
      deployment = await deploy();
    });
    afterAll(() => deployment?.close());

    const post = async (body: unknown, headers: Record<string, string> = {}) => {
      const response = await fetch(`${deployment.baseUrl}/v1/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
      return { status: response.status, headers: response.headers, body: (await response.json()) as unknown };
    };
    const recommend = async (query: string, headers: Record<string, string> = {}) => {
      const response = await fetch(`${deployment.baseUrl}/v1/recommendations?${query}`, { headers });
      return { status: response.status, headers: response.headers, body: (await response.json()) as unknown };
    };
    const times = () => ({ occurredAt: now(), sentAt: now() });
    const title = (n: number) => ({
      ...times(),
      type: 'title',
      eventId: id('e-title', n),
      titleId: id('t', n),
      name: `Film ${n}`,
      genres: ['Drama'],
      releasedAt: Date.UTC(2020, 0, 1),
    });
    const signup = (user: string) => ({
      ...times(),
      type: 'signup',
      eventId: `e-signup-${user}`,
      userId: user,
      country: COUNTRY,
    });
    const play = (user: string, n: number) => ({
      ...times(),
      type: 'play',
      eventId: `e-play-${user}-${n}`,
      userId: user,
      titleId: id('t', n),
    });

    it('accepts a batch and returns the number of accepted events', async () => {
      const events = Array.from({ length: 30 }, (_, n) => title(n));
      const answer = await post({ events });
      expect(answer.status).toBe(202);
      expect(CollectReply.parse(answer.body)).toEqual({ accepted: 30, duplicates: 0, rejected: [] });
      await deployment.settle?.();
    });

    it('accepts a single event, and ignores a repetition', async () => {
      const event = signup(id('u', 'twice'));
      expect((await post(event)).body).toMatchObject({ accepted: 1, duplicates: 0 });
      expect((await post(event)).body).toMatchObject({ accepted: 0, duplicates: 1 });
    });

    it('accepts the valid part of a batch and explains each other event', async () => {
      const user = id('u', 'partial');
      const answer = await post({ events: [signup(user), { ...play(user, 1), titleId: 7 }, { type: 'dance' }] });
      expect(answer.status).toBe(202);
      const reply = CollectReply.parse(answer.body);
      expect(reply.accepted).toBe(1);
      expect(reply.rejected.map(({ index }) => index)).toEqual([1, 2]);
      expect(reply.rejected[0]?.reason).toContain('titleId');
    });

    it('rejects invalid JSON with what, why and fix', async () => {
      const answer = await post('{"events": [');
      expect(answer.status).toBe(400);
      expect(Problem.parse(answer.body).fix).not.toBe('');
    });

    it('returns the given correlation id, or a new one', async () => {
      const given = await post(signup(id('u', 'correlated')), { 'x-correlation-id': 'my-trace-1' });
      expect(given.headers.get('x-correlation-id')).toBe('my-trace-1');
      const own = await recommend(`userId=${id('u', 'nobody')}`);
      expect(own.headers.get('x-correlation-id')).toMatch(/\S/);
    });

    it('recommends titles to a new user, each once, with positions from the top', async () => {
      await expect
        .poll(async () => {
          const { items } = RecommendReply.parse(
            (await recommend(`userId=${id('u', 'new')}&k=5&country=${COUNTRY}`)).body,
          );
          return items.map(({ position }) => position);
        }, EVENTUALLY)
        .toEqual([1, 2, 3, 4, 5]);
      const { items } = RecommendReply.parse((await recommend(`userId=${id('u', 'new')}&k=20`)).body);
      expect(new Set(items.map(({ titleId }) => titleId)).size).toBe(items.length);
      expect(items.every(({ propensity }) => propensity > 0 && propensity <= 1)).toBe(true);
    });

    it('soon stops recommending titles that the user has played', async () => {
      const user = id('u', 'viewer');
      const first = RecommendReply.parse((await recommend(`userId=${user}&k=10`)).body);
      const shown = first.items.map(({ titleId }) => titleId);
      const plays = shown.map((titleId, n) => ({ ...play(user, n), titleId, requestId: first.requestId }));
      expect((await post({ events: [signup(user), ...plays] })).status).toBe(202);
      await expect
        .poll(async () => {
          const { items } = RecommendReply.parse((await recommend(`userId=${user}&k=10`)).body);
          return items.filter(({ titleId }) => shown.includes(titleId)).length;
        }, EVENTUALLY)
        .toBe(0);
    });

    it('repeats the exploration for the same request id', async () => {
      const ask = () => recommend(`userId=${id('u', 'named')}&k=20`, { 'x-request-id': id('r', 1) });
      const [once, again] = [RecommendReply.parse((await ask()).body), RecommendReply.parse((await ask()).body)];
      expect(once.requestId).toBe(id('r', 1));
      expect(again.items).toEqual(once.items);
    });

    it.each(['userId=', 'k=5', 'userId=a&k=0', 'userId=a&k=1000', 'userId=a%00b', 'userId=a&country=sweden'])(
      'rejects the query %s',
      async (query) => {
        const answer = await recommend(query);
        expect(answer.status).toBe(400);
        expect(Problem.parse(answer.body).what).toMatch(/\S/);
      },
    );

    it('has no other route', async () => {
      const response = await fetch(`${deployment.baseUrl}/v1/nothing`);
      expect(response.status).toBe(404);
    });
  });
