import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hangGuard } from '#adapters/deadlines/hang-guard-for-simulated-runs.ts';
import { realDeadlines } from '#adapters/deadlines/real-time-deadlines.ts';
import { RecommendReply } from '#domain/events/collect-and-recommend-contract.ts';
import { Exposure } from '#domain/events/exposure-schemas.ts';
import { EVERYWHERE } from '#domain/features/play-count-rows-by-country.ts';
import { modelRegistry } from '#model-registry/model-registry.ts';
import type { Ports } from '#ports/index.ts';
import { recommend } from '../../../../functions/recommendation/recommend/handler.ts';
import { LIMITS } from '../../../../functions/recommendation/resilience/stage-deadlines.ts';
import { type SlatePorts, slateMaker } from '../../../../functions/recommendation/slate/make-slate.ts';
import { otherModel } from '../../../support/fixture-models.ts';
import { openWorld, type World } from '../../../support/open-test-system.ts';
import { recordsOf } from '../../handler-fixture.ts';

const settings = { policy: 'champion', holdbackShare: 0, explorationShare: 0 } as const;
const QUERY = { userId: 'ann', k: 5 };
const SHORT = { request: 200, stages: { ...LIMITS.stages, retrieve: 20, rank: 20, cache: 20, popular: 20 } };
const broken = () => Promise.reject(new Error('broken'));
const never = () => new Promise<never>(() => {});

let world: World;
let ports: Ports;
/** Current faults of stores and models. */
let faults: { model?: () => Promise<never>; cache?: () => Promise<never>; counts?: (pk: string) => boolean };
beforeEach(async () => {
  faults = {};
  world = await openWorld();
  await world.titles();
  await world.promoteFixture();
  await world.signup('ann', 'SE');
  await world.play('ann', 't-0', 't-3');
  world.later();
  ports = faulty(world.runtime.ports);
});
afterEach(() => world[Symbol.asyncDispose]());

/** Returns the world's ports with production's deadlines and the current faults. */
function faulty(healthy: Ports): Ports {
  return {
    ...healthy,
    deadlines: realDeadlines(),
    modelRuntime: {
      load: async (onnx) => {
        const model = await healthy.modelRuntime.load(onnx);
        return { ...model, run: (inputs) => faults.model?.() ?? model.run(inputs) };
      },
    },
    vectorIndexes: {
      load: async (files) => {
        const index = await healthy.vectorIndexes.load(files);
        return { ...index, search: (vector, k) => faults.model?.() ?? index.search(vector, k) };
      },
    },
    cache: {
      ...healthy.cache,
      get: (key) => faults.cache?.() ?? healthy.cache.get(key),
      set: (key, value, ttl) => faults.cache?.() ?? healthy.cache.set(key, value, ttl),
    },
    features: {
      ...healthy.features,
      getMany: async (keys) => {
        if (keys.some(({ pk }) => faults.counts?.(pk))) throw new Error('no counts');
        return healthy.features.getMany(keys);
      },
      query: async (pk, options) => {
        if (faults.counts?.(pk)) throw new Error('no counts');
        return healthy.features.query(pk, options);
      },
    },
  };
}

const maker = (others: Partial<SlatePorts> = {}) => slateMaker({ ...ports, settings, ...others });
const countsIn =
  (...places: string[]) =>
  (pk: string) =>
    places.some((place) => pk === `popularity#${place}`);

type Registry = ReturnType<typeof modelRegistry>;

describe('each step replaces the one before', () => {
  it('model: a complete slate is not degraded', async () => {
    expect(await maker()(QUERY, 'r')).toMatchObject({ policy: 'model', degraded: null, degradedTo: null });
  });

  it.each([
    ['fails', broken, 'broken'],
    ['is late', never, 'took more than 20 ms'],
  ])(
    'model → cached if the model %s: the last ranking without titles that were played since',
    async (_, fault, why) => {
      const make = maker({ limits: SHORT });
      const before = await make(QUERY, 'r');
      const played = before.items[0]?.titleId as string;
      await world.play('ann', played);
      world.later();
      faults.model = fault;
      const slate = await make(QUERY, 'r');
      expect(slate).toMatchObject({ policy: 'model', modelVersion: before.modelVersion, degradedTo: 'cached' });
      expect(slate.degraded).toContain(`the model could not be used, so the user's last ranking was served: `);
      expect(slate.degraded).toContain(why);
      expect(slate.items.map(({ titleId }) => titleId)).not.toContain(played);
      expect(slate.items).toHaveLength(QUERY.k);
    },
  );

  it.each([
    ['canary', (registry: Registry) => registry.clearAlias('canary', { who: 'me', why: 'worse' })],
    ['champion', (registry: Registry) => registry.rollBack('champion', { who: 'me', why: 'worse' })],
  ] as const)('model → popular-here if a rolled-back %s made the user’s last ranking', async (alias, rollBack) => {
    const registry = modelRegistry(world.runtime.ports);
    const { version } = otherModel().manifest;
    await registry.register(otherModel(), 'run-2');
    await registry.setAlias(alias, version, { who: 'me', why: 'test', share: 1 });
    world.later();
    const make = maker();
    expect(await make(QUERY, 'r')).toMatchObject({ modelVersion: version, degraded: null });
    await rollBack(registry);
    world.later();
    faults.model = broken;
    expect(await make(QUERY, 'r')).toMatchObject({
      policy: 'popular',
      modelVersion: null,
      degradedTo: 'popular-here',
    });
  });

  it('model → popular-here if the user has no cached ranking', async () => {
    faults.model = broken;
    const slate = await maker()(QUERY, 'r');
    expect(slate).toMatchObject({ policy: 'popular', modelVersion: null, degradedTo: 'popular-here' });
    expect(slate.degraded).toBe(
      "the model could not be used, so popular titles of the user's country were served: broken",
    );
    expect(slate.items.every(({ source }) => source === 'popular-here')).toBe(true);
  });

  it('model → popular-here if the cache is broken too', async () => {
    const make = maker();
    await make(QUERY, 'r');
    faults = { model: broken, cache: broken };
    world.later();
    expect(await make(QUERY, 'r')).toMatchObject({ degradedTo: 'popular-here' });
  });

  it('popular-here → popular if the country’s counts cannot be read', async () => {
    await world.play('bob', 't-9');
    world.later();
    faults = { model: broken, counts: countsIn('SE') };
    const slate = await maker()(QUERY, 'r');
    expect(slate).toMatchObject({
      policy: 'popular',
      degraded: 'the model could not be used, so popular titles of all countries were served: broken; no counts',
      degradedTo: 'popular',
    });
    expect(slate.items[0]).toMatchObject({ titleId: 't-9', source: 'popular' });
  });

  it('popular by the catalogue’s counts if no play counts can be read', async () => {
    faults = { model: broken, counts: countsIn('SE', EVERYWHERE) };
    const slate = await maker()(QUERY, 'r');
    expect(slate).toMatchObject({
      degraded:
        'the model could not be used, so popular titles of all countries were served: broken; no counts; no counts',
      degradedTo: 'popular',
    });
    expect(slate.items).toHaveLength(QUERY.k);
  });

  it('popular-here → popular under the policy popular, too', async () => {
    faults = { counts: countsIn('SE') };
    const slate = await maker({ settings: { ...settings, policy: 'popular' } })(QUERY, 'r');
    expect(slate).toMatchObject({
      policy: 'popular',
      degraded:
        "the play counts of the user's country could not be read, so popular titles of all countries were served: no counts",
    });
  });
});

describe('a partial failure', () => {
  it('of the cache changes no slate', async () => {
    const complete = await maker()(QUERY, 'r');
    faults.cache = broken;
    expect((await maker()(QUERY, 'r')).items).toEqual(complete.items);
    faults.cache = never;
    expect(await maker({ limits: SHORT })(QUERY, 'r')).toMatchObject({ degraded: null, items: complete.items });
  });

  it('of a source is named, and the ranking is not cached', async () => {
    faults.counts = countsIn('SE');
    const slate = await maker()(QUERY, 'r');
    expect(slate).toMatchObject({ policy: 'model', degraded: 'without popular-here: no counts', degradedTo: 'model' });
    faults = {};
    world.later();
    expect((await maker()(QUERY, 'r')).degraded).toBeNull();
  });

  it('never makes a slate short: popular titles fill it if the index finds few', async () => {
    const { vectorIndexes } = ports;
    const short: Ports['vectorIndexes'] = {
      load: async (files) => {
        const index = await vectorIndexes.load(files);
        return { ...index, search: (vector) => index.search(vector, 2) };
      },
    };
    const slate = await maker({ vectorIndexes: short })({ userId: 'ann', k: 28 }, 'r');
    expect(slate).toMatchObject({ policy: 'model', degraded: null });
    expect(slate.items).toHaveLength(28);
  });

  it('of the registry disables only the model', async () => {
    const registry = { ...ports.registry, get: broken, getMany: broken, query: broken } as Ports['registry'];
    const slate = await maker({ registry })(QUERY, 'r');
    expect(slate.degradedTo).toBe('popular-here');
    expect(slate.degraded).toContain('broken');
  });

  it('of the profile table fails the request: seen or blocked titles could be shown', async () => {
    faults.counts = (pk) => pk === 'user#ann';
    await expect(maker()(QUERY, 'r')).rejects.toThrow('no counts');
  });
});

describe('in a simulated run', () => {
  const SLOW_MS = 3 * SHORT.stages.rank;

  it('a slow model changes no slate', async () => {
    const complete = await maker()(QUERY, 'r');
    faults.cache = broken;
    const { load } = ports.modelRuntime;
    const slow: Ports['modelRuntime'] = {
      load: async (onnx) => {
        const model = await load(onnx);
        return { ...model, run: async (inputs) => sleep(SLOW_MS).then(() => model.run(inputs)) };
      },
    };
    const guard = hangGuard();
    const slate = await maker({ limits: SHORT, deadlines: guard, modelRuntime: slow })(QUERY, 'r');
    expect(slate).toMatchObject({ degraded: null, items: complete.items });
    expect(guard.fired).toBe(0);
  });

  it('a model that hangs is ended by the guard, which counts the slate once', async () => {
    faults.model = never;
    const guard = hangGuard(SLOW_MS);
    const slate = await maker({
      limits: { ...SHORT, stages: { ...SHORT.stages, rank: 1, retrieve: 1 } },
      deadlines: guard,
    })(QUERY, 'r');
    expect(slate).toMatchObject({ degradedTo: 'popular-here', policy: 'popular' });
    expect(slate.degraded).toContain('did not finish within');
    expect(guard.fired).toBe(1);
  });
});

it('logs a valid exposure if the model returns no score for some titles', async () => {
  const { modelRuntime, eventLog } = world.runtime.ports;
  const gaps: Ports['modelRuntime'] = {
    load: async (onnx) => {
      const model = await modelRuntime.load(onnx);
      const run: typeof model.run = async (inputs) => {
        const outputs = await model.run(inputs);
        const scores = outputs.scores?.data as Float32Array | undefined;
        scores?.forEach((_, i) => {
          if (i % 2 === 0) scores[i] = Number.NaN;
        });
        return outputs;
      };
      return { ...model, run };
    },
  };
  const handler = recommend({ ...ports, modelRuntime: gaps, settings });
  const event = { queryStringParameters: { userId: 'ann', k: '50' }, headers: {} };
  const { body } = (await handler(event as never, {} as never)) as { body: string };
  expect(RecommendReply.parse(JSON.parse(body)).items.length).toBeGreaterThan(20);
  const [record] = await recordsOf(eventLog as never, 'exposures.v1');
  expect(Exposure.safeParse(JSON.parse(record?.value ?? '')).error).toBeUndefined();
});

it('names the degradation in the response, the log and a metric of the step', async () => {
  faults.model = broken;
  const counted: string[] = [];
  const { telemetry } = ports;
  const listening: Ports['telemetry'] = {
    begin: (context) => {
      const invocation = telemetry.begin(context);
      return { ...invocation, count: (metric) => counted.push(metric) };
    },
  };
  const handler = recommend({ ...ports, telemetry: listening, settings });
  const event = { queryStringParameters: { userId: 'ann' }, headers: { 'x-request-id': 'r-degraded' } };
  const response = (await handler(event as never, {} as never)) as { body: string };
  expect(JSON.parse(response.body)).toMatchObject({
    degraded: "the model could not be used, so popular titles of the user's country were served: broken",
  });
  expect(counted).toEqual(expect.arrayContaining(['Degraded', 'DegradedToPopularHere']));
  const [record] = await recordsOf(world.runtime.ports.eventLog as never, 'exposures.v1');
  expect(JSON.parse(record?.value ?? '')).toMatchObject({
    degraded: "the model could not be used, so popular titles of the user's country were served: broken",
  });
});
