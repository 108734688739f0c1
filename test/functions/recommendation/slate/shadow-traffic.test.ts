import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SECOND } from '#domain/core/time.ts';
import { EXPOSURES } from '#domain/events/event-log-topics.ts';
import { modelRegistry } from '#model-registry/model-registry.ts';
import { otherModel } from '../../../support/fixture-models.ts';
import { openWorld, type World } from '../../../support/open-test-system.ts';
import { recordsOf } from '../../handler-fixture.ts';

const REQUESTS = 40;
const { version } = otherModel().manifest;

describe('a shadow', () => {
  let world: World;
  beforeEach(async () => {
    world = await openWorld();
    await world.titles();
    await world.play('ann', 't-0', 't-3');
    await world.promoteFixture();
    await modelRegistry(world.runtime.ports).register(otherModel(), 'run-2');
    world.later();
  });
  afterEach(() => world[Symbol.asyncDispose]());

  const start = async (share: number) => {
    await modelRegistry(world.runtime.ports).setAlias('shadow', version, { who: 'me', why: 'test', share });
    world.clock.at += 10 * SECOND;
  };
  const request = async (user = 'ann') => {
    const replies = [];
    for (let i = 0; i < REQUESTS; i++) replies.push(await world.slate(`userId=${user}&k=6`, `r-${user}-${i}`));
    return replies;
  };
  const counted = async (name: string) => {
    const line = new RegExp(`^agentbricks_${name}_total\\{operation="recommend"\\} (\\d+)$`, 'm');
    return Number(line.exec(await world.runtime.metrics.exposition())?.[1] ?? 0);
  };

  it('receives its share of the requests, and no user sees its slates', async () => {
    const before = await request();
    await start(0.5);
    expect(await request()).toEqual(before);
    const requests = await counted('shadow_requests');
    expect(requests / REQUESTS).toBeGreaterThan(0.25);
    expect(requests / REQUESTS).toBeLessThan(0.75);
    expect(await counted('shadow_failed')).toBe(0);
    expect(await counted('shadow_titles')).toBe(6 * requests);
    expect(await counted('shadow_common')).toBeLessThan(6 * requests);
    expect(await recordsOf(world.runtime.ports.eventLog as never, EXPOSURES)).toHaveLength(2 * REQUESTS);
  });

  it('that cannot be loaded changes no slate, and is counted', async () => {
    const before = await request();
    await world.runtime.ports.models.put(`models/${version}/model.onnx`, Buffer.from('damaged'));
    await start(1);
    expect(await request()).toEqual(before);
    expect([await counted('shadow_requests'), await counted('shadow_failed')]).toEqual([REQUESTS, REQUESTS]);
    expect(await counted('degraded')).toBe(0);
  });

  it('receives no request if no model serves', async () => {
    await start(1);
    await request('newcomer');
    expect(await counted('shadow_requests')).toBe(0);
  });
});
