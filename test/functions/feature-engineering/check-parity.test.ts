import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from '#domain/core/time.ts';
import {
  type MaterialisedUser,
  titleFeaturesKey,
  userFeaturesKey,
  userKey,
} from '#domain/features/feature-names-and-online-items.ts';
import { FEATURE_VIEWS } from '#domain/features/feature-views.ts';
import { watermarkKey } from '#domain/features/online-features-watermark-types.ts';
import type { Parity } from '../../../functions/feature-engineering/check-parity/online-offline-parity.ts';
import type { SloStatus } from '../../../functions/monitoring/watch-slo/handler.ts';
import { openWorld, type World } from '../../support/open-test-system.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
  await world.titles();
  for (let i = 0; i < 80; i++) await world.play(`u-${i}`, `t-${i % 30}`, `t-${(i * 7) % 30}`);
  world.later();
  await world.runtime.invoke('refresh-online', {});
});
afterEach(() => world[Symbol.asyncDispose]());

const check = () => world.runtime.invoke('check-parity', {}) as Promise<Parity>;
const sumOf = (metric: string) =>
  world.runtime.ports.metricReader.sum(metric, 'check-parity', world.clock.at - HOUR, world.clock.at + MINUTE);
/** Share of the sampled features that agreed in the last hour. */
const shareAgreed = async () => (await sumOf('FeaturesAgreed')) / (await sumOf('FeaturesSampled'));
const burning = async () => {
  const statuses = (await world.runtime.invoke('watch-slo', {})) as SloStatus[];
  return statuses.filter((status) => status.burning !== null).map(({ slo }) => slo.name);
};

describe('check-parity', () => {
  it('finds every online feature equal to the value in the lake', async () => {
    expect(await check()).toMatchObject({ sampled: 110, agreed: 110, differing: [] });
    expect(await shareAgreed()).toBe(1);
    // Later events change nothing, because both sides use the events up to the same time.
    await world.play('u-1', 't-20', 't-21');
    world.later();
    expect(await check()).toMatchObject({ sampled: 110, agreed: 110 });
    await world.runtime.invoke('refresh-online', {});
    expect(await check()).toMatchObject({ sampled: 110, agreed: 110 });
  });

  it('finds broken online features: the metric falls, and an SLO with a runbook burns', async () => {
    const { features } = world.runtime.ports;
    await check();
    world.clock.at += MINUTE;
    expect(await burning()).toEqual([]);
    const user = await features.get<MaterialisedUser>(userFeaturesKey('u-3'));
    await features.put(userFeaturesKey('u-3'), { ...user, features: { ...user?.features, plays7d: 99 } });
    await features.delete(titleFeaturesKey('t-5'));
    const { sampled, agreed, differing } = await check();
    expect([...differing].sort()).toEqual(['title#t-5', 'user#u-3']);
    expect(agreed).toBe(sampled - 2);
    world.clock.at += MINUTE;
    expect(await shareAgreed()).toBeLessThan(1);
    expect(await burning()).toEqual(['features-parity']);
  });

  it('compares the countries of users whose sign-ups arrived out of order', async () => {
    const signedUp = (eventId: string, country: string, occurredAt: number) =>
      world.post({ type: 'signup', eventId, userId: 'u-3', country, occurredAt, sentAt: occurredAt });
    await signedUp('e-later', 'NO', world.clock.at - MINUTE);
    await signedUp('e-earlier', 'SE', world.clock.at - 2 * MINUTE);
    world.later();
    await world.runtime.invoke('refresh-online', {});
    expect(await check()).toMatchObject({ sampled: 110, agreed: 110 });
    const { features } = world.runtime.ports;
    await features.put(userKey('u-3'), { ...(await features.get(userKey('u-3'))), country: 'SE' });
    expect((await check()).differing).toEqual(['user#u-3']);
    // The lake does not contain this play yet, so the profile is newer than the watermark and is not compared.
    await world.play('u-3', 't-1');
    expect((await check()).differing).toEqual([]);
  });

  it('finds no difference after all features are recomputed', async () => {
    const { features } = world.runtime.ports;
    await features.delete(userFeaturesKey('u-3'));
    expect((await check()).differing).toEqual(['user#u-3']);
    await features.delete(watermarkKey);
    expect((await check()).sampled).toBe(0);
    await world.runtime.invoke('refresh-online', {});
    expect((await check()).differing).toEqual([]);
  });

  it('reports views that are older than their freshness allows', async () => {
    await check();
    expect(await sumOf('ViewsStale')).toBe(0);
    world.clock.at += FEATURE_VIEWS.user.freshness + 1;
    await check();
    expect(await sumOf('ViewsStale')).toBe(Object.keys(FEATURE_VIEWS).length);
  });
});
