import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DAY } from '#domain/core/time.ts';
import { SESSION_PLAYS, sessionVector } from '../../../functions/recommendation/retrieval/candidate-sources.ts';
import { explainer } from '../../../functions/recommendation/slate/explain-slate.ts';
import { openWorld, type World } from '../../support/open-test-system.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld({ holdbackShare: 0, explorationShare: 0 });
  await world.titles();
  await world.promoteFixture();
});
afterEach(() => world[Symbol.asyncDispose]());

const ids = ({ items }: { items: readonly { titleId: string }[] }) => items.map(({ titleId }) => titleId);
const kindOf = (titleId: string) => Number(titleId.slice('t-'.length)) % 3;

describe('a new user', () => {
  it('sees popular titles of the country with the first request', async () => {
    await world.signup('bob', 'SE');
    await world.play('bob', 't-5');
    await world.play('cat', 't-6');
    world.later();
    expect(ids(await world.slate('userId=new&country=SE&k=1'))).toEqual(['t-5']);
  });

  it.each([0, 1, 2])('sees a personal slate after three plays: kind %d', async (kind) => {
    world.later();
    const popular = ids(await world.slate('userId=new&k=3'));
    await world.play('new', ...[0, 1, 2].map((step) => `t-${kind + 3 * step}`));
    const slate = await world.slate('userId=new&k=3');
    expect(slate).toMatchObject({ policy: 'model', degraded: null });
    expect(ids(slate)).not.toEqual(popular);
    expect(ids(slate).map(kindOf)).toEqual([kind, kind, kind]);
  });
});

describe('sessionVector', () => {
  const model = { dimensions: 2, vectors: Float32Array.of(1, 0, 0, 1, 3, 3, 9, 9) };
  it('is the mean item vector of the last plays', () => {
    expect([...sessionVector(model, Int32Array.of(0))]).toEqual([1, 0]);
    expect([...sessionVector(model, Int32Array.of(0, 1))]).toEqual([0.5, 0.5]);
  });

  it('ignores older plays', () => {
    expect(SESSION_PLAYS).toBe(3);
    expect([...sessionVector(model, Int32Array.of(2, 2, 2, 3))]).toEqual([3, 3]);
  });
});

describe('a new title', () => {
  const fresh = (titleId: string, releasedAt: number) => ({
    type: 'title' as const,
    eventId: `e-${titleId}`,
    occurredAt: world.clock.at - 1,
    sentAt: world.clock.at - 1,
    titleId,
    name: titleId,
    genres: ['Drama'],
    releasedAt,
  });

  it('that the model does not know is shown by exploration, with its propensity', async () => {
    await using curious = await openWorld({ holdbackShare: 0, explorationShare: 0.1 });
    await curious.titles();
    await curious.promoteFixture();
    await curious.post(fresh('t-new', curious.clock.at - DAY));
    await curious.play('ann', 't-0');
    curious.later();
    const shown = [];
    for (let request = 0; request < 150; request++) {
      const { items, policy } = await curious.slate('userId=ann&k=10', `r-${request}`);
      expect(policy).toBe('model');
      shown.push(...items.filter(({ titleId }) => titleId === 't-new'));
    }
    // Expected: 150 requests × 10 positions × 0.1 / 20 titles = 7.5.
    expect(shown.length).toBeGreaterThan(1);
    expect(shown.length).toBeLessThan(20);
    for (const { source, propensity } of shown) {
      expect(source).toBe('exploration');
      expect(propensity).toBeCloseTo(0.1 / 20);
    }
  });

  it('that the model knows is ranked with the others, and is found as a new release', async () => {
    await world.post({ ...fresh('t-27', world.clock.at - DAY), genres: ['Drama'] });
    await world.play('ann', 't-0', 't-3');
    world.later();
    const settings = { policy: 'champion', holdbackShare: 0, explorationShare: 0 } as const;
    const { candidates } = await explainer({ ...world.runtime.ports, settings })({ userId: 'ann', k: 28 }, 'r');
    const found = candidates.filter(({ sources }) => sources.includes('new-release'));
    expect(found.map(({ titleId, after }) => [titleId, after !== null])).toEqual([['t-27', true]]);
  });
});
