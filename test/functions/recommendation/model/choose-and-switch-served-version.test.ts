import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SECOND } from '#domain/core/time.ts';
import { isInCanary } from '#domain/experiments/is-in-canary.ts';
import type { StoredPointer } from '#domain/models/model-registry-items.ts';
import { modelRegistry } from '#model-registry/model-registry.ts';
import { fixtureModel } from '../../../../bin/parity/fixture-model.ts';
import { type ServingModelOf, servingModel } from '../../../../functions/recommendation/model/choose-serving-model.ts';
import {
  POLL_EVERY,
  servedVersionsAt,
} from '../../../../functions/recommendation/model/compute-alias-versions-at-time.ts';
import type { ModelPorts } from '../../../../functions/recommendation/model/load-and-cache-model-versions.ts';
import { otherModel } from '../../../support/fixture-models.ts';
import { type HandlerFixture, handlerFixture } from '../../handler-fixture.ts';

const ME = { who: 'me', why: 'test' };
const OLD = fixtureModel().manifest.version;
const NEW = otherModel().manifest.version;

describe('a change of champion', () => {
  const pointer = (changedAt: number): StoredPointer => ({ version: 'b', from: 'a', revision: 2, ...ME, changedAt });
  const time = fc.integer({ min: 0, max: 10 ** 13 });

  it('takes effect within 8 seconds, at the same time in every process, and lasts', () => {
    fc.assert(
      fc.property(time, fc.integer({ min: 1, max: 60 * SECOND }), (changedAt, later) => {
        const [serves] = servedVersionsAt(pointer(changedAt), changedAt + later).versions;
        if (later >= 8 * SECOND) expect(serves).toBe('b');
        if (later < POLL_EVERY) expect(serves).toBe('a');
        const next = servedVersionsAt(pointer(changedAt), changedAt + later + 1).versions[0];
        expect([serves, next]).not.toEqual(['b', 'a']);
      }),
    );
  });

  it('is known during one complete poll before it takes effect, so that it can be loaded', () => {
    fc.assert(
      fc.property(time, (changedAt) => {
        const poll = (Math.floor(changedAt / POLL_EVERY) + 1) * POLL_EVERY;
        const all = [poll, poll + POLL_EVERY - 1].map((at) => servedVersionsAt(pointer(changedAt), at));
        for (const { versions, next } of all) expect([versions[0], next]).toEqual(['a', 'b']);
      }),
    );
  });

  it.each([
    ['the clock stands still', 1_000, 1_000],
    ['another clock made it before', 1_000, 10 ** 12],
    ['another clock made it later', 10 ** 12, 1_000],
  ])('takes effect at once if %s', (_, changedAt, at) => {
    expect(servedVersionsAt(pointer(changedAt), at).versions).toEqual(['b', 'a']);
  });

  it('takes effect at once if no version served, and leaves no version if the alias names none', () => {
    expect(servedVersionsAt({ ...pointer(1_000), from: null }, 1_001)).toEqual({ versions: ['b'] });
    expect(servedVersionsAt({ ...pointer(1_000), version: null }, 1_001)).toEqual({ versions: ['a'] });
    expect(servedVersionsAt({ ...pointer(1_000), version: null }, 60_000)).toEqual({ versions: [] });
  });

  it('that is a rollback leaves no version to fall back on', () => {
    expect(servedVersionsAt({ ...pointer(1_000), rollback: true }, 60_000)).toEqual({ versions: ['b'] });
  });
});

describe('the canary’s users', () => {
  it('are the given share, always the same, and others for another version', () => {
    const users = Array.from({ length: 20_000 }, (_, i) => `user-${i}`);
    const of = (version: string, share: number) => users.filter((user) => isInCanary(user, { version, share }));
    expect(of('a', 0.1).length / users.length).toBeCloseTo(0.1, 1.7);
    expect(of('a', 0.2)).toEqual(expect.arrayContaining(of('a', 0.1)));
    const both = of('a', 0.1).filter((user) => isInCanary(user, { version: 'b', share: 0.1 }));
    expect(both.length / users.length).toBeCloseTo(0.01, 2);
    expect([of('a', 0).length, of('a', 1).length]).toEqual([0, users.length]);
  });
});

describe('servingModel', () => {
  let fixture: HandlerFixture;
  let ports: ModelPorts;
  let loads: number;
  beforeEach(async () => {
    fixture = handlerFixture();
    loads = 0;
    const nothing = { [Symbol.asyncDispose]: async () => {} };
    ports = {
      ...fixture,
      modelRuntime: { load: async () => ({ inputs: [], run: async () => ({}), ...nothing }) },
      vectorIndexes: {
        load: async ({ dimensions }) => {
          loads++;
          return {
            dimensions,
            size: 0,
            search: async () => ({ rows: new Int32Array(), scores: new Float32Array() }),
            ...nothing,
          };
        },
      },
    };
    const registry = modelRegistry(fixture);
    await registry.register(fixtureModel(), 'run-1');
    await registry.register(otherModel(), 'run-2');
    await registry.setAlias('champion', OLD, ME);
  });
  afterEach(() => fixture[Symbol.dispose]());

  const seconds = (count: number) => {
    fixture.clock.at += count * SECOND;
  };
  const versionOf = async (modelOf: ServingModelOf, userId?: string) => (await modelOf(userId)).model?.version;

  it('serves the old version while the new one is loading, regardless of how long that takes', async () => {
    const hung = new Promise<never>(() => {});
    const { models } = ports;
    const modelOf = servingModel({
      ...ports,
      models: { ...models, get: (key) => (key.includes(NEW) ? hung : models.get(key)) },
    });
    expect(await versionOf(modelOf)).toBe(OLD);
    await modelRegistry(fixture).setAlias('champion', NEW, ME);
    seconds(4);
    expect(await versionOf(modelOf)).toBe(OLD);
  });

  it('returns the same version in a process that has just started', async () => {
    const old = servingModel(ports);
    expect(await versionOf(old)).toBe(OLD);
    await modelRegistry(fixture).setAlias('champion', NEW, ME);
    const served = [];
    for (let i = 0; i < 10; i++) {
      seconds(1);
      served.push(await versionOf(old));
      expect(await versionOf(servingModel(ports))).toBe(served.at(-1));
    }
    expect([served[0], served.at(-1)]).toEqual([OLD, NEW]);
  });

  it('loads each version once, and drops versions that no longer serve', async () => {
    const modelOf = servingModel(ports);
    await Promise.all([modelOf(), modelOf(), modelOf()]);
    await modelRegistry(fixture).setAlias('champion', NEW, ME);
    for (let i = 0; i < 60; i++) {
      seconds(1);
      await modelOf();
    }
    expect(loads).toBe(2);
    await modelRegistry(fixture).rollBack('champion', ME);
    seconds(10);
    expect(await versionOf(modelOf)).toBe(OLD);
    expect(loads).toBe(3);
  });

  it('rejects a damaged version with the reason, serves the old one, and loads the new one once it is fixed', async () => {
    const damaged = `models/${NEW}/model.onnx`;
    const whole = (await fixture.models.get(damaged)) as Uint8Array;
    await fixture.models.put(damaged, Buffer.from('damaged'));
    await modelRegistry(fixture).setAlias('champion', NEW, ME);
    seconds(60);
    for (const modelOf of [servingModel(ports), servingModel(ports)]) {
      const now = await modelOf();
      expect(now.model?.version).toBe(OLD);
      expect(now.problem).toContain(`model.onnx of model ${NEW}`);
      await fixture.models.put(damaged, whole);
      seconds(120);
      expect(await modelOf()).toMatchObject({ model: { version: NEW }, problem: undefined });
      await fixture.models.put(damaged, Buffer.from('damaged'));
    }
  });

  it('does not serve a rolled-back version, even if the earlier one cannot be loaded', async () => {
    await modelRegistry(fixture).setAlias('champion', NEW, ME);
    await modelRegistry(fixture).rollBack('champion', ME);
    await fixture.models.delete(`models/${OLD}/model.onnx`);
    seconds(60);
    const now = await servingModel(ports)();
    expect(now.model).toBeUndefined();
    expect(now.problem).toContain(`model.onnx of model ${OLD}`);
  });

  it('serves the canary to its users; if it cannot be loaded, they get the champion', async () => {
    await modelRegistry(fixture).setAlias('canary', NEW, { ...ME, share: 0.5 });
    const modelOf = servingModel(ports);
    const users = Array.from({ length: 40 }, (_, i) => `user-${i}`);
    const chosen = users.filter((user) => isInCanary(user, { version: NEW, share: 0.5 }));
    for (const user of users) expect(await versionOf(modelOf, user)).toBe(chosen.includes(user) ? NEW : OLD);
    expect(await versionOf(modelOf)).toBe(OLD);
    await fixture.models.delete(`models/${NEW}/model.onnx`);
    const fresh = servingModel(ports);
    expect(await fresh(chosen[0])).toMatchObject({
      model: { version: OLD },
      problem: expect.stringMatching(/^canary/),
    });
    expect(await fresh(users.find((user) => !chosen.includes(user)))).toMatchObject({ problem: undefined });
    await modelRegistry(fixture).clearAlias('canary', ME);
    seconds(10);
    expect(await fresh(chosen[0])).toMatchObject({ model: { version: OLD }, problem: undefined });
  });

  it('serves the loaded version while the registry cannot be read', async () => {
    let isDown = false;
    const registry = {
      ...fixture.registry,
      getMany: (async (keys) => {
        if (isDown) throw new Error('unreachable');
        return fixture.registry.getMany(keys);
      }) as typeof fixture.registry.getMany,
    };
    const modelOf = servingModel({ ...ports, registry });
    expect(await versionOf(modelOf)).toBe(OLD);
    isDown = true;
    seconds(10);
    expect(await modelOf()).toMatchObject({
      model: { version: OLD },
      problem: expect.stringContaining('unreachable'),
    });
    expect((await servingModel({ ...ports, registry })()).model).toBeUndefined();
    isDown = false;
    seconds(10);
    expect(await modelOf()).toMatchObject({ model: { version: OLD }, problem: undefined });
  });
});
