import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DAY } from '#domain/core/time.ts';
import { blockedKey, withdrawnKey } from '#domain/features/features.ts';
import { explainer } from '../../../../functions/recommendation/slate/explain-slate.ts';
import type { SlatePorts } from '../../../../functions/recommendation/slate/slate.ts';
import { openWorld, type World } from '../../../support/test-world.ts';
import { recordsOf } from '../../handler-fixture.ts';

const settings = { policy: 'champion', holdbackShare: 0, explorationShare: 0 } as const;
const QUERY = { userId: 'ann', k: 8 };
let world: World;
beforeEach(async () => {
  world = await openWorld();
  await world.titles();
  await world.promoteFixture();
  await world.play('ann', 't-0', 't-3');
  world.later();
});
afterEach(() => world[Symbol.asyncDispose]());

const explain = (others: Partial<SlatePorts['settings']> = {}, ports: Partial<SlatePorts> = {}) =>
  explainer({ ...world.runtime.ports, ...ports, settings: { ...settings, ...others } })(QUERY, 'r-1');

describe('an explanation', () => {
  it('names sources, score and both positions of every title shown, and what moved it', async () => {
    const { candidates, items, policy } = await explain();
    expect(policy).toBe('model');
    const shown = candidates.slice(0, QUERY.k);
    expect(shown.map(({ titleId, after }) => [titleId, after])).toEqual(
      items.map(({ titleId, position }) => [titleId, position]),
    );
    for (const { before, after, why, sources, score } of shown) {
      expect(sources[0]).toBe('index');
      expect(score).not.toBeNull();
      const direction = (before ?? 0) === after ? 'kept its place' : (before ?? 0) > (after ?? 0) ? 'up' : 'down';
      expect(why).toContain(direction);
    }
    expect(shown.some(({ why }) => why.startsWith('up'))).toBe(true);
    expect(shown[0]?.sources).toContain('popular-here');
  });

  it('says of the others why they are not shown', async () => {
    const { features } = world.runtime.ports;
    await features.put(blockedKey('ann'), { titleIds: ['t-6'] });
    await features.put(withdrawnKey, { titleIds: ['t-9'] });
    const times = { occurredAt: world.clock.at - 1, sentAt: world.clock.at - 1 };
    const title = { type: 'title' as const, name: 'New', genres: [], releasedAt: world.clock.at - DAY };
    await world.post({ ...title, ...times, eventId: 'e-new', titleId: 't-new' });
    world.later();
    const { candidates } = await explain();
    const whyOf = (id: string) => candidates.find(({ titleId }) => titleId === id)?.why;
    expect(whyOf('t-0')).toBe('refused: seen');
    expect(whyOf('t-6')).toBe('refused: blocked');
    expect(whyOf('t-9')).toBe('refused: unavailable');
    expect(whyOf('t-new')).toBe('refused: the model does not know it yet');
    expect(candidates.filter(({ after }) => after === null).map(({ why }) => why)).toContain(
      'ranked below the 8 that are shown',
    );
    expect(new Set(candidates.map(({ titleId }) => titleId)).size).toBe(candidates.length);
  });

  it('says which places were given to exploration, and from how many titles', async () => {
    const { candidates } = await explain({ explorationShare: 0.5 });
    const drawn = candidates.filter(({ sources }) => sources[0] === 'exploration');
    expect(drawn.length).toBeGreaterThan(0);
    for (const { why, propensity } of drawn) {
      expect(why).toBe('drawn from 20 allowed titles');
      expect(propensity).toBe(0.5 / 20);
    }
    const replaced = candidates.filter(({ why }) => /its place \d+ was given to exploration/.test(why));
    expect(replaced).toHaveLength(drawn.length);
  });

  it('says what was looked at the last time and passed over, and so moved down', async () => {
    const before = await explain();
    const top = before.items.slice(0, 2).map(({ titleId }) => titleId);
    await world.view('ann', ...top);
    const { candidates } = await explain();
    const passed = candidates.filter(({ why }) => why.includes('looked at the last time and not played'));
    expect(passed.map(({ titleId }) => titleId).sort()).toEqual(top.sort());
    for (const { before: place, after } of passed)
      expect(after ?? Number.POSITIVE_INFINITY).toBeGreaterThan(place ?? 0);
  });

  it('is the slate that the service gives, and leaves neither an exposure nor a cached ranking', async () => {
    const kept: string[] = [];
    const { cache } = world.runtime.ports;
    const set = async (key: string) => void kept.push(key);
    const { items } = await explain({}, { cache: { ...cache, set } });
    expect(kept).toEqual([]);
    expect(await recordsOf(world.runtime.ports.eventLog as never, 'exposures.v1')).toEqual([]);
    expect((await world.slate('userId=ann&k=8')).items).toEqual(items);
  });

  it('of popularity and of chance are as plain as they are', async () => {
    const popular = await explain({ policy: 'popular' });
    expect(popular.candidates[0]).toMatchObject({ before: 1, after: 1, sources: ['popular'], why: 'kept its place' });
    const random = await explain({ policy: 'random' });
    expect(random.candidates.every(({ why }) => why === 'drawn from 28 allowed titles')).toBe(true);
  });
});
