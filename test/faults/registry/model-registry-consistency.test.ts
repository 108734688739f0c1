import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqlite } from '#adapters/sqlite/open-sqlite-with-storage-errors.ts';
import { sqliteTable } from '#adapters/table/sqlite.ts';
import type { AliasChange } from '#domain/models/model-registry-items.ts';
import { versionBefore } from '#domain/models/version-before.ts';
import { type LoadedVersion, modelRegistry } from '#model-registry/model-registry.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import type { Table } from '#ports/table.ts';
import { fixtureModel } from '../../../bin/parity/fixture-model.ts';
import { evaluate } from '../../../functions/model-training/evaluate/handler.ts';
import { gate } from '../../../functions/orchestration/gate/handler.ts';
import { promote } from '../../../functions/orchestration/promote/handler.ts';
import { call, recordingTelemetry } from '../../functions/handler-fixture.ts';
import { memoryObjects, otherModel, putOutput } from '../../support/fixture-models.ts';

const first = fixtureModel();
const incumbent = first.manifest.version;
const second = otherModel({ mark: 1, incumbent });
const third = otherModel({ mark: 2, incumbent });
const paths = first.manifest.files.map(({ path }) => path);
const ME = { who: 'me', why: 'test' };

let stores: { registry: Table; models: ObjectStore; lake: ObjectStore; now: () => number };
let close: () => void;
/** Registers a serving champion and stores the outputs of two finished trainings. */
async function prepare() {
  const database = openSqlite(':memory:');
  close = () => database.close();
  let at = 0;
  const now = () => ++at;
  stores = {
    registry: sqliteTable(database, 'registry', { now }),
    models: memoryObjects(),
    lake: memoryObjects(),
    now,
  };
  const registry = modelRegistry(stores);
  await registry.register(first, 'run-1');
  await registry.setAlias('champion', incumbent, ME);
  await putOutput(stores.lake, 'run-2', second);
  await putOutput(stores.lake, 'run-3', third);
}
beforeEach(prepare);
afterEach(() => close());

/** Runs the last states of the pipeline. */
async function finish(runId: string, ports: Partial<typeof stores>) {
  const wired = { ...stores, ...ports, telemetry: recordingTelemetry() };
  const evaluated = await call<{ version: string }>(evaluate(wired), { runId }, 'evaluate');
  const judged = await call<{ promote: boolean }>(gate(wired), { runId, evaluate: evaluated }, 'gate');
  if (!judged.promote) return 'kept';
  await call(promote(wired), { runId, evaluate: evaluated, gate: judged }, 'promote');
  return 'promoted';
}

/** Returns ports that fail like in a power cut: after this number of writes, every operation throws. */
function cutAfter(writes: number) {
  let left = writes;
  const powered =
    <Arguments extends unknown[], Result>(work: (...given: Arguments) => Promise<Result>, cost: 0 | 1) =>
    async (...given: Arguments) => {
      if (left < cost) left = -1;
      if (left < 0) throw new Error('the power is off');
      left -= cost;
      return await work(...given);
    };
  const { registry, models, lake, now } = stores;
  return {
    ports: {
      now,
      lake,
      models: { ...models, put: powered(models.put, 1), get: powered(models.get, 0) },
      registry: {
        ...registry,
        put: powered(registry.put, 1),
        get: powered(registry.get, 0),
        query: powered(registry.query, 0),
      } as Table,
    },
    isCut: () => left < 0,
  };
}

/**
 * Checks the requirements after any fault: each visible version is complete, and the log explains the alias's value.
 */
async function expectSound() {
  const registry = modelRegistry(stores);
  for (const { version } of await registry.versions()) await registry.load(version);
  for (const alias of ['champion', 'candidate'] as const) {
    const log = await registry.aliasLog(alias);
    expect(log.map(({ revision }) => revision)).toEqual(log.map((_, i) => i + 1));
    expect(log.map(({ from }) => from)).toEqual([null, ...log.slice(0, -1).map(({ to }) => to)].slice(0, log.length));
    expect(log.at(-1)?.to).toBe((await registry.alias(alias))?.version);
    expect(log.every(({ who, why }) => who !== '' && why !== '')).toBe(true);
  }
  return registry;
}

describe('a run that is killed', () => {
  it('after any single write leaves only complete versions, and completes the rest when it is started again', async () => {
    let [writes, wasCut] = [0, true];
    for (; wasCut; writes++) {
      close();
      await prepare();
      const { ports, isCut } = cutAfter(writes);
      const ended = await finish('run-2', ports).catch((error: Error) => error.message);
      wasCut = isCut();
      expect(ended).toBe(wasCut ? 'the power is off' : 'promoted');
      const registry = await expectSound();
      await registry.load((await registry.alias('champion'))?.version ?? '');
      await finish('run-2', stores);
      const after = await expectSound();
      expect((await after.aliasLog('champion')).map(({ to }) => to)).toEqual([incumbent, second.manifest.version]);
    }
    // Writes: five files, the manifest, the version, two aliases with one log entry each, and one repair of a previous
    // change.
    expect(writes - 1).toBe(paths.length + 1 + 1 + 2 * 2 + 1);
  });
});

describe('two trainers at once', () => {
  /** Returns ports whose operations run in the order of the scheduler, which is another random order in each run. */
  function scheduled(scheduler: fc.Scheduler) {
    const { registry, models, lake, now } = stores;
    const any = <Arguments extends unknown[], Result>(work: (...given: Arguments) => Promise<Result>) =>
      scheduler.scheduleFunction(work);
    return {
      now,
      lake,
      models: { ...models, put: any(models.put), get: any(models.get) },
      registry: { ...registry, put: any(registry.put), get: any(registry.get), query: any(registry.query) } as Table,
    };
  }

  it('never promote one over the other: each replaces only the champion that it was compared with', async () => {
    const endings = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        close();
        await prepare();
        const ports = scheduled(scheduler);
        const runs = [finish('run-2', ports), finish('run-3', ports)].map((run) =>
          run.catch((error: { code: string }) => error.code),
        );
        const ended = await scheduler.waitFor(Promise.all(runs));
        for (const ending of ended) endings.add(ending);
        expect(ended.filter((ending) => ending === 'promoted')).toHaveLength(1);
        const registry = await expectSound();
        expect(await registry.versions()).toHaveLength(3);
        expect(await registry.aliasLog('champion')).toHaveLength(2);
      }),
      { numRuns: 60 },
    );
    for (const ending of endings) expect(['promoted', 'kept', 'BRICK_ALIAS_MOVED']).toContain(ending);
    expect(endings.size).toBeGreaterThan(1);
  });

  it('may register the same files: readers of the version find one complete manifest', async () => {
    const compared = (codeCommit: string): LoadedVersion => ({
      ...second,
      manifest: { ...second.manifest, codeCommit },
    });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        close();
        await prepare();
        const registry = modelRegistry(scheduled(scheduler));
        const looks = Array.from({ length: 4 }, () =>
          registry.load(second.manifest.version).then(
            ({ manifest }) => manifest.codeCommit,
            (error: { code: string }) => error.code,
          ),
        );
        const all = [registry.register(compared('a'), 'run-a'), registry.register(compared('b'), 'run-b'), ...looks];
        await scheduler.waitFor(Promise.all(all));
        for (const seen of await Promise.all(looks)) expect(['a', 'b', 'BRICK_NO_SUCH_VERSION']).toContain(seen);
        await expectSound();
      }),
      { numRuns: 60 },
    );
  });

  it('both succeed where the order does not matter', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        close();
        await prepare();
        await modelRegistry(stores).register(second, 'run-2');
        const registry = modelRegistry(scheduled(scheduler));
        const moves = [incumbent, second.manifest.version].map((version) =>
          registry.setAlias('candidate', version, ME),
        );
        await scheduler.waitFor(Promise.all(moves));
        await expectSound();
      }),
      { numRuns: 30 },
    );
  });

  it('receive an error if others keep moving the alias', async () => {
    const racing = modelRegistry({ ...stores, registry: { ...stores.registry, put: async () => false } });
    await expect(racing.setAlias('candidate', incumbent, ME)).rejects.toMatchObject({ code: 'BRICK_ALIAS_MOVED' });
  });
});

describe('a loaded version', () => {
  it.each([...paths, 'manifest.json'])('is rejected if %s has changed, and the error names it', async (file) => {
    const registry = modelRegistry(stores);
    const { prefix, manifest } = await registry.version(incumbent);
    const key = file === 'manifest.json' ? manifest.key : `${prefix}/${file}`;
    const bytes = Buffer.from((await stores.models.get(key)) ?? []);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 2) ^ 1, bytes.length - 2);
    await stores.models.put(key, bytes);
    const refusal = { code: 'BRICK_CORRUPT_MODEL', message: expect.stringContaining(file) };
    await expect(registry.load(incumbent)).rejects.toMatchObject(refusal);
    await stores.models.delete(key);
    await expect(registry.load(incumbent)).rejects.toMatchObject(refusal);
    await registry.register(first, 'run-1');
    await expect(registry.load(incumbent)).resolves.toMatchObject({ manifest: first.manifest });
  });

  it('was registered completely: an alias accepts no other', async () => {
    const registry = modelRegistry(stores);
    await expect(registry.setAlias('champion', 'dddddddddddd', ME)).rejects.toMatchObject({
      code: 'BRICK_NO_SUCH_VERSION',
    });
    await expect(registry.load('dddddddddddd')).rejects.toMatchObject({ code: 'BRICK_NO_SUCH_VERSION' });
  });
});

describe('a rollback', () => {
  const versions = [second, third].map(({ manifest }) => manifest.version);
  const promoteAll = async () => {
    const registry = modelRegistry(stores);
    for (const model of [second, third]) {
      await registry.register(model, 'run');
      await registry.setAlias('champion', model.manifest.version, ME);
    }
    return registry;
  };

  it('goes back one version further each time, and the log records each', async () => {
    const registry = await promoteAll();
    await registry.rollBack('champion', { who: 'ann', why: 'worse' });
    expect(await registry.alias('champion')).toMatchObject({ version: versions[0], rollback: true });
    await registry.rollBack('champion', { who: 'bob', why: 'worse' });
    expect(await registry.alias('champion')).toMatchObject({ version: incumbent });
    await expect(registry.rollBack('champion', ME)).rejects.toMatchObject({ code: 'BRICK_NOTHING_TO_ROLL_BACK_TO' });
    await registry.rollBack('champion', ME, null);
    expect(await registry.alias('champion')).toBeUndefined();
    expect((await registry.aliasLog('champion')).map(({ who, to }) => [who, to])).toEqual([
      ['me', incumbent],
      ['me', versions[0]],
      ['me', versions[1]],
      ['ann', versions[0]],
      ['bob', incumbent],
      ['me', null],
    ]);
  });

  it('goes to the given version, but not to a damaged one', async () => {
    const registry = await promoteAll();
    await stores.models.delete(`models/${versions[0]}/model.onnx`);
    await expect(registry.rollBack('champion', ME)).rejects.toMatchObject({ code: 'BRICK_CORRUPT_MODEL' });
    expect(await registry.alias('champion')).toMatchObject({ version: versions[1] });
    expect(await registry.rollBack('champion', ME, incumbent)).toEqual({ from: versions[1], to: incumbent });
  });

  it('never goes to a version that was rolled back, unless it was promoted again', () => {
    const names = fc.constantFrom('a', 'b', 'c', 'd');
    fc.assert(
      fc.property(fc.array(fc.option(names, { nil: 'back' }), { maxLength: 20 }), (steps) => {
        const log: AliasChange[] = [];
        const held: string[] = [];
        for (const step of steps) {
          const from = held.at(-1) ?? null;
          if (step === from || (step === 'back' && held.length < 2)) continue;
          if (step === 'back') held.pop();
          else held.push(step);
          const rollback = step === 'back' ? { rollback: true as const } : {};
          log.push({ revision: log.length + 1, from, to: held.at(-1) ?? null, ...ME, changedAt: 0, ...rollback });
        }
        expect(versionBefore(log)).toBe(held.at(-2) ?? null);
      }),
    );
  });
});
