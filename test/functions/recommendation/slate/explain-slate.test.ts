import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DAY } from '#domain/core/time.ts';
import { blockedKey, withdrawnKey } from '#domain/features/feature-names-and-online-items.ts';
import { explainer } from '../../../../functions/recommendation/slate/explain-slate.ts';
import type { SlatePorts } from '../../../../functions/recommendation/slate/make-slate.ts';
import { openWorld, type World } from '../../../support/open-test-system.ts';
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
  it('names sources, score, both positions and the reason of every shown title', async () => {
    const { candidates, items, policy } = await explain();
    expect(policy).toBe('model');
    const shown = candidates.slice(0, QUERY.k);
    expect(shown.map(({ titleId, after }) => [titleId, after])).toEqual(
      items.map(({ titleId, position }) => [titleId, position]),
    );
    for (const { before, after, why, sources, score } of shown) {
      expect(sources[0]).toBe('index');
      expect(score).not.toBeNull();
      const direction = (before ?? 0) === after ? 'same position' : (before ?? 0) > (after ?? 0) ? 'up' : 'down';
      expect(why).toContain(direction);
    }
    expect(shown.some(({ why }) => why.startsWith('up'))).toBe(true);
    expect(shown[0]?.sources).toContain('popular-here');
  });

  it('says why other titles are not shown', async () => {
    const { features } = world.runtime.ports;
    await features.put(blockedKey('ann'), { titleIds: ['t-6'] });
    await features.put(withdrawnKey, { titleIds: ['t-9'] });
    const times = { occurredAt: world.clock.at - 1, sentAt: world.clock.at - 1 };
    const title = { type: 'title' as const, name: 'New', genres: [], releasedAt: world.clock.at - DAY };
    await world.post({ ...title, ...times, eventId: 'e-new', titleId: 't-new' });
    world.later();
    const { candidates } = await explain();
    const whyOf = (id: string) => candidates.find(({ titleId }) => titleId === id)?.why;
    expect(whyOf('t-0')).toBe('excluded: seen');
    expect(whyOf('t-6')).toBe('excluded: blocked');
    expect(whyOf('t-9')).toBe('excluded: unavailable');
    expect(whyOf('t-new')).toBe('excluded: the model does not know it yet');
    expect(candidates.filter(({ after }) => after === null).map(({ why }) => why)).toContain(
      'ranked below the 8 titles that are shown',
    );
    expect(new Set(candidates.map(({ titleId }) => titleId)).size).toBe(candidates.length);
  });

  it('says which positions explored, and from how many titles', async () => {
    const { candidates } = await explain({ explorationShare: 0.5 });
    const explored = candidates.filter(({ sources }) => sources[0] === 'exploration');
    expect(explored.length).toBeGreaterThan(0);
    for (const { why, propensity } of explored) {
      expect(why).toBe('sampled from 20 allowed titles');
      expect(propensity).toBe(0.5 / 20);
    }
    const replaced = candidates.filter(({ why }) => /^exploration took its position \d+$/.test(why));
    expect(replaced).toHaveLength(explored.length);
  });

  it('says which titles moved down because they were skipped in the last impression', async () => {
    const before = await explain();
    const top = before.items.slice(0, 2).map(({ titleId }) => titleId);
    await world.view('ann', ...top);
    const { candidates } = await explain();
    const skipped = candidates.filter(({ why }) => why.includes('in the last impression and not played'));
    expect(skipped.map(({ titleId }) => titleId).sort()).toEqual(top.sort());
    for (const { before: place, after } of skipped)
      expect(after ?? Number.POSITIVE_INFINITY).toBeGreaterThan(place ?? 0);
  });

  it('explains the slate that the service shows, without an exposure or a cached ranking', async () => {
    const cached: string[] = [];
    const { cache } = world.runtime.ports;
    const set = async (key: string) => void cached.push(key);
    const { items } = await explain({}, { cache: { ...cache, set } });
    expect(cached).toEqual([]);
    expect(await recordsOf(world.runtime.ports.eventLog as never, 'exposures.v1')).toEqual([]);
    expect((await world.slate('userId=ann&k=8')).items).toEqual(items);
  });

  it('explains popular and random slates', async () => {
    const popular = await explain({ policy: 'popular' });
    expect(popular.candidates[0]).toMatchObject({ before: 1, after: 1, sources: ['popular'], why: 'same position' });
    const random = await explain({ policy: 'random' });
    expect(random.candidates.every(({ why }) => why === 'sampled from 28 allowed titles')).toBe(true);
  });
});
