import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { InferenceSession } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DAY } from '#domain/core/time.ts';
import { modelRegistry } from '#model-registry/model-registry.ts';
import { fixtureModel } from '../../bin/parity/fixture-model.ts';
import { titleId } from '../../functions/universe/worlds/films/world/world-data-ids-and-seen-titles.ts';
import { firstWeek } from '../../localstack/embedded/city/first-week-pipeline-and-twins.ts';
import { CITY_STARTS_AT } from '../../localstack/embedded/city/simulate-until.ts';
import { eventLogHash } from '../../localstack/embedded/city/state/event-log-hash.ts';
import { forkWorld } from '../../localstack/embedded/city/twins/fork-world.ts';
import { simulateTwin } from '../../localstack/embedded/city/twins/simulate-twin-in-forked-world.ts';
import { openRuntime } from '../../localstack/embedded/host/open-runtime.ts';

const size = { seed: 1, agents: 80, titles: 30, days: 1 };
/** Delay that exceeds the time limits of all stages in production, milliseconds. */
const LATE_MS = 180;
/** Delays of the model's runs, milliseconds. Each run has the next delay of the list. */
const DELAYS_MS = [0, LATE_MS, 0, 0, 30, 0, 0];
/** Milliseconds between two busy intervals. */
const REST_MS = [60, 140, 90];

/** Delays some runs of all models that are loaded from now on. */
function slowModels(): Disposable {
  const create = InferenceSession.create.bind(InferenceSession);
  let runs = 0;
  return vi.spyOn(InferenceSession, 'create').mockImplementation(async (...args: Parameters<typeof create>) => {
    const session = await create(...args);
    const run = session.run.bind(session);
    const slowly: typeof session.run = async (feeds: InferenceSession.FeedsType) => {
      await sleep(DELAYS_MS[runs++ % DELAYS_MS.length]);
      return run(feeds);
    };
    return Object.assign(session, { run: slowly });
  });
}

/** Blocks this process's event loop repeatedly, as other work does on a busy machine. */
function otherLoad(): Disposable {
  let turn = 0;
  const rest = () => setTimeout(block, REST_MS[turn++ % REST_MS.length]);
  const block = () => {
    const until = performance.now() + LATE_MS;
    while (performance.now() < until);
    timer = rest();
  };
  let timer = rest();
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}

/** Registers a model that ranks the city's titles, and makes it the champion. */
async function promote(dataDir: string): Promise<void> {
  await using runtime = await openRuntime({ dataDir, now: () => CITY_STARTS_AT + DAY, logLevel: 'SILENT' });
  const { manifest, files } = fixtureModel();
  const titles = Array.from({ length: size.titles }, (_, title) => titleId(title));
  const registry = modelRegistry(runtime.ports);
  await registry.register({ manifest: { ...manifest, titles }, files }, 'run-1');
  await registry.setAlias('champion', manifest.version, { who: 'test', why: 'test' });
}

const hashOf = async (dataDir: string) => {
  await using runtime = await openRuntime({ dataDir });
  return await eventLogHash(runtime.ports.eventLog);
};

describe('a simulated city', () => {
  let folder: string;
  const worldOf = (name: string) => join(folder, name);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agentbricks-same-city-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const week = (name: string) =>
    firstWeek({ dataDir: worldOf(name), size, listener: {}, signal: new AbortController().signal });
  const twin = async (policy: 'champion' | 'popular', name: string) => {
    const dataDir = worldOf(`${name}-${policy}`);
    forkWorld(worldOf('quiet'), dataDir);
    const result = await simulateTwin({ policy, dataDir, size, days: size.days });
    return { ...result, hash: await hashOf(dataDir) };
  };

  it('has the same first week, twins and event logs on a busy and on an idle machine', async () => {
    const quietWeek = await week('quiet');
    await promote(worldOf('quiet'));
    const quiet = { champion: await twin('champion', 'quiet'), popular: await twin('popular', 'quiet') };
    using _load = otherLoad();
    using _models = slowModels();
    expect(await week('busy')).toEqual(quietWeek);
    expect(await twin('champion', 'busy')).toEqual(quiet.champion);
    expect(await twin('popular', 'busy')).toEqual(quiet.popular);
    expect(quiet.champion.hash).not.toBe(quiet.popular.hash);
    expect(quiet.champion.faults).toEqual({ degraded: 0, guardFired: 0 });
  }, 180_000);
});
