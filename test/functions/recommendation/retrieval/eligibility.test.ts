import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOUR } from '#domain/core/time.ts';
import { blockedKey, withdrawnKey } from '#domain/features/feature-names-and-online-items.ts';
import { FIXTURE_TITLES } from '../../../../bin/parity/fixture-model.ts';
import { type SlatePorts, slateMaker } from '../../../../functions/recommendation/slate/make-slate.ts';
import { openWorld, type World } from '../../../support/open-test-system.ts';

const broken = () => Promise.reject(new Error('broken'));
let world: World;
let user = 0;
beforeAll(async () => {
  world = await openWorld();
  await world.titles();
  await world.promoteFixture();
});
afterAll(() => world[Symbol.asyncDispose]());

const titleIds = fc.uniqueArray(
  fc.nat(FIXTURE_TITLES - 1).map((number) => `t-${number}`),
  { maxLength: FIXTURE_TITLES },
);
const situation = fc.record({
  seen: titleIds,
  blocked: titleIds,
  withdrawn: titleIds,
  unreleased: titleIds,
  policy: fc.constantFrom('champion', 'popular', 'random'),
  explorationShare: fc.constantFrom(0, 0.5, 1),
  fault: fc.constantFrom('none', 'model', 'cache'),
  k: fc.integer({ min: 1, max: 40 }),
});

const releases = (titleId: string, releasedAt: number) => ({
  type: 'title' as const,
  eventId: `release-${titleId}-${++user}`,
  occurredAt: world.clock.at - 1,
  sentAt: world.clock.at - 1,
  titleId,
  name: titleId,
  genres: ['Drama'],
  releasedAt,
});
const released = (titleId: string) => releases(titleId, Date.UTC(2020, 0, 1));
const unreleased = (titleId: string) => releases(titleId, world.clock.at + 9 * HOUR);

const faulty = (fault: string): Partial<SlatePorts> => {
  const { modelRuntime, cache } = world.runtime.ports;
  if (fault === 'model') {
    return { modelRuntime: { load: async (onnx) => ({ ...(await modelRuntime.load(onnx)), run: broken }) } };
  }
  return fault === 'cache' ? { cache: { ...cache, get: broken, set: broken } } : {};
};

describe('filters', () => {
  it('hold for all policies, exploration, faults and cached rankings: no slate has a seen, blocked or unavailable title', async () => {
    await fc.assert(
      fc.asyncProperty(situation, async ({ k, policy, explorationShare, fault, ...lists }) => {
        const userId = `u-${++user}`;
        const { features } = world.runtime.ports;
        const ports = {
          ...world.runtime.ports,
          ...faulty(fault),
          settings: { policy, explorationShare, holdbackShare: 0 },
        };
        // Caches a ranking before the lists change.
        await world.play(userId, 't-0');
        const healthy = { ...world.runtime.ports, settings: ports.settings };
        expect((await slateMaker(healthy as SlatePorts)({ userId, k }, 'r-0')).items.length).toBeGreaterThan(0);
        if (lists.seen.length > 0) await world.play(userId, ...lists.seen);
        await features.put(blockedKey(userId), { titleIds: lists.blocked });
        await features.put(withdrawnKey, { titleIds: lists.withdrawn });
        if (lists.unreleased.length > 0) await world.post(...lists.unreleased.map(unreleased));
        const make = slateMaker(ports as SlatePorts);
        const forbidden = new Set(['t-0', ...Object.values(lists).flat()]);
        for (const requestId of ['r-1', 'r-2']) {
          const shown = (await make({ userId, k }, requestId)).items.map(({ titleId }) => titleId);
          expect(shown.filter((titleId) => forbidden.has(titleId))).toEqual([]);
          expect(new Set(shown).size).toBe(shown.length);
          expect(shown).toHaveLength(Math.min(k, FIXTURE_TITLES - forbidden.size));
        }
        await features.delete(withdrawnKey);
        if (lists.unreleased.length > 0) await world.post(...lists.unreleased.map(released));
      }),
      { numRuns: 40 },
    );
  });

  it('allow a title from the hour after its release', async () => {
    await using other = await openWorld();
    await other.post({ ...unreleased('t-next'), releasedAt: other.clock.at + HOUR });
    expect((await other.slate('userId=ann')).items).toEqual([]);
    other.later();
    expect((await other.slate('userId=ann')).items).toHaveLength(1);
  });

  it('exclude a withdrawn title even if its catalogue entry changes', async () => {
    await using other = await openWorld();
    await other.titles();
    await other.runtime.ports.features.put(withdrawnKey, { titleIds: ['t-4'] });
    await other.post(released('t-4'));
    const shown = (await other.slate('userId=ann&k=50')).items.map(({ titleId }) => titleId);
    expect(shown).toHaveLength(FIXTURE_TITLES - 1);
    expect(shown).not.toContain('t-4');
  });
});
