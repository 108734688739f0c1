import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isInCanary } from '#domain/experiments/is-in-canary.ts';
import type { Sample } from '#domain/experiments/sequential-test.ts';
import { modelRegistry } from '#model-registry/model-registry.ts';
import { fixtureModel } from '../../../bin/parity/fixture-model.ts';
import { type CanaryDecision, decideCanary } from '../../../functions/orchestration/watch-canary/decide-canary.ts';
import { otherModel } from '../../support/fixture-models.ts';
import { openWorld, type World } from '../../support/open-test-system.ts';

const sample = (mean: number, units = 1_000): Sample => ({ units, mean, variance: mean * (1 - mean) });
const arm = (plays: number, degraded = 0, units = 1_000) => ({
  plays: sample(plays, units),
  degraded: sample(degraded, units),
});

describe('decideCanary', () => {
  it.each([
    ['keeps a canary that is as good as the champion', arm(0.5), arm(0.5), 'keep', 'no certain difference'],
    ['keeps a canary that may be worse by chance', arm(0.5), arm(0.46), 'keep', 'no certain difference'],
    ['keeps a better canary, and says so', arm(0.5), arm(0.7), 'keep', 'more plays'],
    ['rolls back a canary whose users certainly play less', arm(0.5), arm(0.3), 'roll-back', 'fewer plays'],
    [
      'rolls back a canary with more degraded slates, however much its users play',
      arm(0.5),
      arm(0.9, 0.1),
      'roll-back',
      'degraded',
    ],
    ['rolls back a canary whose slates are all degraded', arm(0.5), arm(0.5, 1, 30), 'roll-back', 'degraded'],
    ['keeps a canary with too few users', arm(0.5), arm(0, 1, 29), 'keep', 'at least 30 are needed'],
  ])('%s', (_, champion, canary, action, reason) => {
    expect(decideCanary(champion, canary)).toMatchObject({ action, reason: expect.stringContaining(reason) });
  });
});

describe('watch-canary', () => {
  const USERS = Array.from({ length: 120 }, (_, i) => `user-${i}`);
  const { version } = otherModel().manifest;
  const isCanary = (user: string) => isInCanary(user, { version, share: 0.5 });
  let world: World;
  let serial = 0;
  const registry = () => modelRegistry(world.runtime.ports);
  const watch = () => world.runtime.invoke('watch-canary', {}) as Promise<CanaryDecision | null>;
  const times = () => ({ occurredAt: world.clock.at - 1, sentAt: world.clock.at - 1 });
  const playOf = (userId: string, titleId: string, requestId?: string) =>
    ({ type: 'play', eventId: `p-${++serial}`, userId, titleId, requestId, ...times() }) as const;

  beforeEach(async () => {
    world = await openWorld();
    await world.titles();
    await world.post(...USERS.map((user) => playOf(user, 't-0')));
    await world.promoteFixture();
    await registry().register(otherModel(), 'run-2');
    await registry().setAlias('canary', version, { who: 'me', why: 'test', share: 0.5 });
    world.later();
  });
  afterEach(() => world[Symbol.asyncDispose]());

  /** Shows a slate to every user. A user plays its first title if `likes` returns true. */
  async function live(likes: (user: string) => boolean, sameRequestId?: string) {
    const plays = [];
    for (const user of USERS) {
      const { items, requestId } = await world.slate(`userId=${user}&k=3`, sameRequestId);
      if (likes(user)) plays.push(playOf(user, items[0]?.titleId ?? '', requestId));
    }
    await world.post(...plays);
  }
  it('counts each slate for its own user, even if all requests have the same id', async () => {
    await live((user) => !isCanary(user) && mostly(user), 'r-of-a-proxy');
    expect(await watch()).toMatchObject({ action: 'roll-back', lift: { value: expect.closeTo(-0.8, 1) } });
  });

  const mostly = (user: string) => Number(user.slice('user-'.length)) % 5 > 0;

  it('rolls the canary back when its users play less, and gives the reason in the alias log', async () => {
    await live((user) => !isCanary(user) && mostly(user));
    expect(await watch()).toMatchObject({ action: 'roll-back', lift: { value: expect.closeTo(-0.8, 1) } });
    expect(await registry().alias('canary')).toBeUndefined();
    expect((await registry().aliasLog('canary')).at(-1)).toMatchObject({
      from: version,
      to: null,
      who: 'watch-canary',
      why: expect.stringContaining('fewer plays per slate'),
    });
    world.later();
    const served = new Set<unknown>();
    for (const user of USERS) served.add((await world.slate(`userId=${user}`)).modelVersion);
    expect(served).toEqual(new Set([fixtureModel().manifest.version]));
    expect(await watch()).toBeNull();
    expect(await world.runtime.metrics.exposition()).toContain('canary_rolled_back_total');
  });

  it('rolls back a canary that cannot be served, although the champion served its users', async () => {
    await world.runtime.ports.models.put(`models/${version}/model.onnx`, Buffer.from('damaged'));
    await live(mostly);
    expect(await watch()).toMatchObject({ action: 'roll-back', reason: expect.stringContaining('degraded') });
  });

  it('keeps a canary that is not certainly worse', async () => {
    await live(mostly);
    expect(await watch()).toMatchObject({ action: 'keep', degraded: { value: 0 } });
    expect(await registry().alias('canary')).toMatchObject({ version });
  });

  it('keeps the canary until users have seen slates, and removes the alias when the canary has become the champion', async () => {
    expect(await watch()).toMatchObject({ action: 'keep', reason: expect.stringContaining('at least 30 are needed') });
    await registry().setAlias('champion', version, { who: 'me', why: 'better' });
    expect(await watch()).toBeNull();
    expect(await registry().alias('canary')).toBeUndefined();
  });
});
