import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SECOND } from '#domain/core/time.ts';
import { isInCanary } from '#domain/experiments/canary-share.ts';
import type { StoredPointer } from '#domain/models/model-versions.ts';
import { modelRegistry } from '#model-registry/model-registry.ts';
import { CHECK_EVERY, servingAt } from '../../../../functions/recommendation/model/model-rollover.ts';
import { type ChampionPorts, championKeeper } from '../../../../functions/recommendation/model/serving-model.ts';
import { fixtureModel } from '../../../../bin/parity/fixture-model.ts';
import { otherModel } from '../../../support/fixture-models.ts';
import { type Workbench, workbench } from '../../handler-fixture.ts';

const ME = { who: 'me', why: 'test' };
const OLD = fixtureModel().manifest.version;
const NEW = otherModel().manifest.version;

describe('a change of champion', () => {
  const pointer = (changedAt: number): StoredPointer => ({ version: 'b', from: 'a', revision: 2, ...ME, changedAt });
  const time = fc.integer({ min: 0, max: 10 ** 13 });

  it('takes effect within 8 seconds, at the same moment everywhere, and for good', () => {
    fc.assert(
      fc.property(time, fc.integer({ min: 1, max: 60 * SECOND }), (changedAt, later) => {
        const [serves] = servingAt(pointer(changedAt), changedAt + later).versions;
        if (later >= 8 * SECOND) expect(serves).toBe('b');
        if (later < CHECK_EVERY) expect(serves).toBe('a');
        const next = servingAt(pointer(changedAt), changedAt + later + 1).versions[0];
        expect([serves, next]).not.toEqual(['b', 'a']);
      }),
    );
  });

  it('is known, so that it can be loaded, during one whole look before it takes effect', () => {
    fc.assert(
      fc.property(time, (changedAt) => {
        const look = (Math.floor(changedAt / CHECK_EVERY) + 1) * CHECK_EVERY;
        const all = [look, look + CHECK_EVERY - 1].map((at) => servingAt(pointer(changedAt), at));
        for (const { versions, next } of all) expect([versions[0], next]).toEqual(['a', 'b']);
      }),
    );
  });

  it.each([
    ['the clock stands still', 1_000, 1_000],
    ['another clock made it', 1_000, 10 ** 12],
    ['another clock will have made it', 10 ** 12, 1_000],
  ])('takes effect at once where %s', (_, changedAt, at) => {
    expect(servingAt(pointer(changedAt), at).versions).toEqual(['b', 'a']);
  });

  it('takes effect at once where nothing served, and serves nothing where nothing is named', () => {
    expect(servingAt({ ...pointer(1_000), from: null }, 1_001)).toEqual({ versions: ['b'] });
    expect(servingAt({ ...pointer(1_000), version: null }, 1_001)).toEqual({ versions: ['a'] });
    expect(servingAt({ ...pointer(1_000), version: null }, 60_000)).toEqual({ versions: [] });
  });

  it('that goes back leaves nothing to fall back on', () => {
    expect(servingAt({ ...pointer(1_000), rollback: true }, 60_000)).toEqual({ versions: ['b'] });
  });
});

describe('the canary’s users', () => {
  it('are their share of all, the same each time, and others for another version', () => {
    const users = Array.from({ length: 20_000 }, (_, i) => `user-${i}`);
    const of = (version: string, share: number) => users.filter((user) => isInCanary(user, { version, share }));
    expect(of('a', 0.1).length / users.length).toBeCloseTo(0.1, 1.7);
    expect(of('a', 0.2)).toEqual(expect.arrayContaining(of('a', 0.1)));
    const both = of('a', 0.1).filter((user) => isInCanary(user, { version: 'b', share: 0.1 }));
    expect(both.length / users.length).toBeCloseTo(0.01, 2);
    expect([of('a', 0).length, of('a', 1).length]).toEqual([0, users.length]);
  });
});

describe('the keeper of the champion', () => {
  let bench: Workbench;
  let ports: ChampionPorts;
  let loads: number;
  beforeEach(async () => {
    bench = workbench();
    loads = 0;
    const nothing = { [Symbol.asyncDispose]: async () => {} };
    ports = {
      ...bench,
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
    const registry = modelRegistry(bench);
    await registry.register(fixtureModel(), 'run-1');
    await registry.register(otherModel(), 'run-2');
    await registry.setAlias('champion', OLD, ME);
  });
  afterEach(() => bench[Symbol.dispose]());

  const seconds = (count: number) => {
    bench.clock.at += count * SECOND;
  };
  const versionOf = async (keeper: ReturnType<typeof championKeeper>, userId?: string) =>
    (await keeper(userId)).champion?.version;

  it('goes on with the old while the new is loaded, however long that takes', async () => {
    const hung = new Promise<never>(() => {});
    const { models } = ports;
    const keeper = championKeeper({
      ...ports,
      models: { ...models, get: (key) => (key.includes(NEW) ? hung : models.get(key)) },
    });
    expect(await versionOf(keeper)).toBe(OLD);
    await modelRegistry(bench).setAlias('champion', NEW, ME);
    seconds(4);
    expect(await versionOf(keeper)).toBe(OLD);
  });

  it('is the same in a process that has just begun', async () => {
    const old = championKeeper(ports);
    expect(await versionOf(old)).toBe(OLD);
    await modelRegistry(bench).setAlias('champion', NEW, ME);
    const served = [];
    for (let i = 0; i < 10; i++) {
      seconds(1);
      served.push(await versionOf(old));
      expect(await versionOf(championKeeper(ports))).toBe(served.at(-1));
    }
    expect([served[0], served.at(-1)]).toEqual([OLD, NEW]);
  });

  it('loads each version once, and lets go of what does not serve any more', async () => {
    const keeper = championKeeper(ports);
    await Promise.all([keeper(), keeper(), keeper()]);
    await modelRegistry(bench).setAlias('champion', NEW, ME);
    for (let i = 0; i < 60; i++) {
      seconds(1);
      await keeper();
    }
    expect(loads).toBe(2);
    await modelRegistry(bench).rollBack('champion', ME);
    seconds(10);
    expect(await versionOf(keeper)).toBe(OLD);
    expect(loads).toBe(3);
  });

  it('refuses a damaged version, keeps the old one, says why, and takes it once it is mended', async () => {
    const damaged = `models/${NEW}/model.onnx`;
    const whole = (await bench.models.get(damaged)) as Uint8Array;
    await bench.models.put(damaged, Buffer.from('damaged'));
    await modelRegistry(bench).setAlias('champion', NEW, ME);
    seconds(60);
    for (const keeper of [championKeeper(ports), championKeeper(ports)]) {
      const now = await keeper();
      expect(now.champion?.version).toBe(OLD);
      expect(now.problem).toContain(`model.onnx of model ${NEW}`);
      await bench.models.put(damaged, whole);
      seconds(120);
      expect(await keeper()).toMatchObject({ champion: { version: NEW }, problem: undefined });
      await bench.models.put(damaged, Buffer.from('damaged'));
    }
  });

  it('does not serve what was taken back, where what came instead cannot be loaded', async () => {
    await modelRegistry(bench).setAlias('champion', NEW, ME);
    await modelRegistry(bench).rollBack('champion', ME);
    await bench.models.delete(`models/${OLD}/model.onnx`);
    seconds(60);
    const now = await championKeeper(ports)();
    expect(now.champion).toBeUndefined();
    expect(now.problem).toContain(`model.onnx of model ${OLD}`);
  });

  it('serves the canary to its users, and the champion to them where the canary cannot be loaded', async () => {
    await modelRegistry(bench).setAlias('canary', NEW, { ...ME, share: 0.5 });
    const keeper = championKeeper(ports);
    const users = Array.from({ length: 40 }, (_, i) => `user-${i}`);
    const chosen = users.filter((user) => isInCanary(user, { version: NEW, share: 0.5 }));
    for (const user of users) expect(await versionOf(keeper, user)).toBe(chosen.includes(user) ? NEW : OLD);
    expect(await versionOf(keeper)).toBe(OLD);
    await bench.models.delete(`models/${NEW}/model.onnx`);
    const fresh = championKeeper(ports);
    expect(await fresh(chosen[0])).toMatchObject({
      champion: { version: OLD },
      problem: expect.stringMatching(/^canary/),
    });
    expect(await fresh(users.find((user) => !chosen.includes(user)))).toMatchObject({ problem: undefined });
    await modelRegistry(bench).clearAlias('canary', ME);
    seconds(10);
    expect(await fresh(chosen[0])).toMatchObject({ champion: { version: OLD }, problem: undefined });
  });

  it('goes on with what it knows while the registry cannot be read', async () => {
    let isDown = false;
    const registry = {
      ...bench.registry,
      getMany: (async (keys) => {
        if (isDown) throw new Error('out of reach');
        return bench.registry.getMany(keys);
      }) as typeof bench.registry.getMany,
    };
    const keeper = championKeeper({ ...ports, registry });
    expect(await versionOf(keeper)).toBe(OLD);
    isDown = true;
    seconds(10);
    expect(await keeper()).toMatchObject({
      champion: { version: OLD },
      problem: expect.stringContaining('out of reach'),
    });
    expect((await championKeeper({ ...ports, registry })()).champion).toBeUndefined();
    isDown = false;
    seconds(10);
    expect(await keeper()).toMatchObject({ champion: { version: OLD }, problem: undefined });
  });
});
