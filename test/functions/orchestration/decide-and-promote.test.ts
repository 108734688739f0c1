import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Manifest } from '#domain/models/model-manifest.ts';
import { runFiles } from '#domain/models/pipeline-run-input-and-files.ts';
import { modelRegistry } from '#model-registry/model-registry.ts';
import { FIXTURE } from '../../../bin/parity/fixture-model.ts';
import { decidePromotion } from '../../../functions/orchestration/gate/decide-promotion.ts';
import { otherModel } from '../../support/fixture-models.ts';
import { openWorld, type World } from '../../support/open-test-system.ts';

const manifest = Manifest.parse(JSON.parse(readFileSync(join(FIXTURE, 'manifest.json'), 'utf8')));
const measured = (low: number, high: number, incumbent = 'popular') => ({
  version: 'aaaaaaaaaaaa',
  gate: { metric: 'm', incumbent, difference: { value: (low + high) / 2, low, high } },
});

describe('decidePromotion', () => {
  it.each([
    ['the complete interval is above zero', measured(0.01, 0.2), undefined, true],
    ['the interval touches zero', measured(0, 0.2), undefined, false],
    ['the candidate is worse', measured(-0.2, -0.1), undefined, false],
    ['it was compared with the current champion', measured(0.01, 0.2, 'bbbbbbbbbbbb'), 'bbbbbbbbbbbb', true],
    ['it was compared with a former champion', measured(0.01, 0.2), 'bbbbbbbbbbbb', false],
    ['it is the champion already', measured(0.01, 0.2), 'aaaaaaaaaaaa', false],
  ])('decides if %s', (_, candidate, champion, promote) => {
    const decision = decidePromotion(candidate, champion);
    expect(decision.promote).toBe(promote);
    expect(decision.reason).not.toBe('');
  });

  it('decides by the one-sided lower bound, and by the interval of a manifest that has none', () => {
    const { gate } = measured(-0.01, 0.2);
    const decide = (lowerBound?: number) => decidePromotion({ version: 'a', gate: { ...gate, lowerBound } }, undefined);
    expect(decide()).toMatchObject({ promote: false });
    expect(decide(0.004)).toEqual({
      promote: true,
      reason: "m differs from popular's by 0.0950 (95 % -0.0100 to 0.2000; with 95 % confidence above 0.0040)",
    });
    expect(decide(0)).toMatchObject({ promote: false });
  });

  it('keeps the champion if the test cannot decide, and gives the reason', () => {
    const gate = { incumbent: 'bbbbbbbbbbbb', undecided: 'too little was played' };
    const decision = decidePromotion({ version: 'aaaaaaaaaaaa', gate }, 'bbbbbbbbbbbb');
    expect(decision).toEqual({ promote: false, reason: 'cannot be compared with bbbbbbbbbbbb: too little was played' });
  });

  it('names the simpler models that may be as good, for every decision', () => {
    const lead = (model: string, low: number) => ({ model, metric: 'm', difference: { value: 0.1, low, high: 0.2 } });
    const simpler = [lead('popular', 0.01), lead('item-knn', -0.01)];
    const { promote, reason } = decidePromotion({ ...measured(0.01, 0.2), simpler }, undefined);
    expect(promote).toBe(true);
    expect(reason).toMatch(/; not significantly better than these simpler models: item-knn$/);
  });
});

describe('from the output of a training to the champion', () => {
  let world: World;
  beforeEach(async () => {
    world = await openWorld();
  });
  afterEach(() => world[Symbol.asyncDispose]());

  it('registers the version, makes it the candidate, and the champion if the gate promotes it', async () => {
    const { evaluate, gate, promote } = await world.promoteFixture();
    expect(evaluate).toMatchObject({ version: manifest.version });
    expect(gate).toMatchObject({ promote: true });
    expect(promote).toMatchObject({ version: manifest.version, revision: 1 });
    const registry = modelRegistry(world.runtime.ports);
    expect((await registry.alias('candidate'))?.version).toBe(manifest.version);
    expect(await registry.aliasLog('champion')).toEqual([
      expect.objectContaining({ from: null, to: manifest.version, who: 'pipeline run-1' }),
    ]);
  });

  it('changes nothing when it runs again', async () => {
    const first = await world.promoteFixture();
    expect((await world.promoteFixture()).promote).toEqual(first.promote);
    expect(await modelRegistry(world.runtime.ports).aliasLog('champion')).toHaveLength(1);
  });

  it('rejects an incomplete output, and changes nothing', async () => {
    const { runtime } = world;
    await expect(runtime.invoke('evaluate', { runId: 'run-none' })).rejects.toMatchObject({
      code: 'BRICK_NO_TRAINING_OUTPUT',
    });
    await runtime.ports.lake.put(`${runFiles('run-bad').output}/manifest.json`, Buffer.from('{"formatVersion":2}'));
    await expect(runtime.invoke('evaluate', { runId: 'run-bad' })).rejects.toThrow('version');
    await runtime.ports.lake.put(`${runFiles('run-torn').output}/manifest.json`, Buffer.from('{"formatVersion":'));
    await expect(runtime.invoke('evaluate', { runId: 'run-torn' })).rejects.toMatchObject({
      code: 'BRICK_NO_TRAINING_OUTPUT',
      message: expect.stringContaining('manifest.json'),
    });
    expect(await modelRegistry(runtime.ports).alias('candidate')).toBeUndefined();
  });

  it.each([
    ['index.faiss', 'changed'],
    ['manifest.json', '{"formatVersion":'],
  ])('rejects a version whose %s has changed, and names the file', async (file, content) => {
    const { evaluate, gate } = await world.promoteFixture();
    const item = await modelRegistry(world.runtime.ports).version(manifest.version);
    const key = file === 'manifest.json' ? item.manifest.key : `${item.prefix}/${file}`;
    await world.runtime.ports.models.put(key, Buffer.from(content));
    await expect(world.runtime.invoke('promote', { runId: 'run-2', evaluate, gate })).rejects.toMatchObject({
      code: 'BRICK_CORRUPT_MODEL',
      message: expect.stringContaining(file),
    });
  });

  it('does not replace a champion that was promoted after the gate', async () => {
    const { evaluate, gate } = await world.promoteFixture();
    const registry = modelRegistry(world.runtime.ports);
    await registry.register(otherModel(), 'run-2');
    await registry.setAlias('champion', otherModel().manifest.version, { who: 'me', why: 'test' });
    await expect(world.runtime.invoke('promote', { runId: 'run-3', evaluate, gate })).rejects.toMatchObject({
      code: 'BRICK_ALIAS_MOVED',
    });
    expect(await registry.alias('champion')).toMatchObject({ version: otherModel().manifest.version });
  });
});
