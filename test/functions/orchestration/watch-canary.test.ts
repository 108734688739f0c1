import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isInCanary } from '#domain/experiments/canary-share.ts';
import type { Sample } from '#domain/experiments/sequential-test.ts';
import { modelRegistry } from '#model-registry/model-registry.ts';
import {
  type CanaryVerdict,
  decide,
  LEAST_USERS,
} from '../../../functions/orchestration/watch-canary/decide-canary.ts';
import { fixtureModel, otherModel } from '../../support/fixture-models.ts';
import { openWorld, type World } from '../../support/test-world.ts';

const sample = (mean: number, units = 1_000): Sample => ({ units, mean, variance: mean * (1 - mean) });
const arm = (plays: number, degraded = 0, units = 1_000) => ({
  plays: sample(plays, units),
  degraded: sample(degraded, units),
});

describe('the canary’s verdict', () => {
  it.each([
    ['goes on when both are alike', arm(0.5), arm(0.5), 'go-on', 'no certain difference'],
    ['goes on when it may be worse by chance', arm(0.5), arm(0.46), 'go-on', 'no certain difference'],
    ['goes on, and says so, when it is better', arm(0.5), arm(0.7), 'go-on', 'more plays'],
    ['rolls back when users play less for certain', arm(0.5), arm(0.3), 'roll-back', 'fewer plays'],
    ['rolls back when more is degraded, however much is played', arm(0.5), arm(0.9, 0.1), 'roll-back', 'degraded'],
    ['rolls back when nothing but that works', arm(0.5), arm(0.5, 1, LEAST_USERS), 'roll-back', 'degraded'],
    ['waits for users', arm(0.5), arm(0, 1, LEAST_USERS - 1), 'go-on', 'too few'],
  ])('%s', (_, champion, canary, action, reason) => {
    expect(decide(champion, canary)).toMatchObject({ action, reason: expect.stringContaining(reason) });
  });
});

describe('the watch of the canary', () => {
  const USERS = Array.from({ length: 120 }, (_, i) => `user-${i}`);
  const { version } = otherModel().manifest;
  const isCanary = (user: string) => isInCanary(user, { version, share: 0.5 });
  let world: World;
  let serial = 0;
  const registry = () => modelRegistry(world.runtime.ports);
  const watch = () => world.runtime.invoke('watch-canary', {}) as Promise<CanaryVerdict | null>;
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

  /** Everybody is shown a slate, and plays its first title if they like to. */
  async function live(likes: (user: string) => boolean) {
    const plays = [];
    for (const user of USERS) {
      const { items, requestId } = await world.slate(`userId=${user}&k=3`);
      if (likes(user)) plays.push(playOf(user, items[0]?.titleId ?? '', requestId));
    }
    await world.post(...plays);
  }
  const mostly = (user: string) => Number(user.slice('user-'.length)) % 5 > 0;

  it('takes it back when its users play less, and says why in the alias log', async () => {
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

  it('takes it back when it cannot be served: the champion answered for it', async () => {
    await world.runtime.ports.models.put(`models/${version}/model.onnx`, Buffer.from('damaged'));
    await live(mostly);
    expect(await watch()).toMatchObject({ action: 'roll-back', reason: expect.stringContaining('degraded') });
  });

  it('lets it go on while it is not certainly worse', async () => {
    await live(mostly);
    expect(await watch()).toMatchObject({ action: 'go-on', degraded: { value: 0 } });
    expect(await registry().alias('canary')).toMatchObject({ version });
  });

  it('waits while nothing was shown, and ends when the canary has become the champion', async () => {
    expect(await watch()).toMatchObject({ action: 'go-on', reason: expect.stringContaining('too few') });
    await registry().setAlias('champion', version, { who: 'me', why: 'better' });
    expect(await watch()).toBeNull();
    expect(await registry().alias('canary')).toBeUndefined();
  });
});
