import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOUR } from '#domain/core/time.ts';
import { EXPOSURES } from '#domain/events/event-log-topics.ts';
import { hashedFiles, runFiles } from '#domain/models/pipeline-run-input-and-files.ts';
import { traceLineage } from '../../../functions/model-training/lineage/trace-slate-lineage.ts';
import { otherModel, putOutput } from '../../support/fixture-models.ts';
import { openWorld, type World } from '../../support/open-test-system.ts';
import { recordsOf } from '../handler-fixture.ts';

const RUN = 'run-1';

describe('the lineage of a slate', () => {
  let world: World;
  /** Title → users who played it before the training, in order of their plays. */
  const played = new Map<string, string[]>();
  let asOf: number;

  beforeEach(async () => {
    world = await openWorld();
    played.clear();
    await world.titles();
    for (const [i, user] of ['ann', 'bob', 'cat', 'dan'].entries()) {
      const titles = [`t-0`, `t-${i + 1}`];
      await world.play(user, ...titles);
      for (const titleId of titles) played.set(titleId, [...(played.get(titleId) ?? []), user]);
      world.later();
    }
    asOf = world.clock.at;
    await train();
    world.later();
    await world.play('eve', 't-0', 't-1');
  });
  afterEach(() => world[Symbol.asyncDispose]());

  /** Runs the pipeline with a fixture as the trainer's output. */
  async function train() {
    const { runtime } = world;
    const { lake } = runtime.ports;
    await runtime.invoke('build-features', { runId: RUN, asOf });
    const hash = createHash('sha256');
    for (const key of hashedFiles(RUN)) hash.update((await lake.get(key)) as Uint8Array);
    const { manifest, files } = otherModel();
    await putOutput(lake, RUN, { manifest: { ...manifest, asOf, dataHash: hash.digest('hex') }, files });
    const evaluate = await runtime.invoke('evaluate', { runId: RUN });
    const gate = await runtime.invoke('gate', { runId: RUN, evaluate });
    await runtime.invoke('promote', { runId: RUN, evaluate, gate });
  }
  const lineage = (requestId: string) => traceLineage(world.runtime.ports, requestId);

  it('leads from the request via the model and its training run to every event, before and after the exposure is archived', async () => {
    const slate = await world.slate('userId=ann&k=20', 'r-1');
    const early = await lineage('r-1');
    await world.runtime.settle();
    const found = await lineage('r-1');
    expect({ ...found, data: null }).toEqual({ ...early, data: null });

    const [record] = await recordsOf(world.runtime.ports.eventLog as never, EXPOSURES);
    expect(found.exposure).toMatchObject({ userId: 'ann', partition: record?.partition, offset: record?.offset });
    const { version } = otherModel().manifest;
    expect(found.model).toMatchObject({ version, runId: RUN, damage: null, manifest: { asOf } });
    expect(found.model?.named).toEqual([expect.objectContaining({ alias: 'champion', who: `pipeline ${RUN}` })]);
    expect(found.items.map(({ titleId }) => titleId)).toEqual(slate.items.map(({ titleId }) => titleId));
    for (const { titleId, events } of found.items) {
      const before = played.get(titleId) ?? [];
      expect(events.count).toBe(before.length);
      expect(events.latest.map(({ userId }) => userId)).toEqual(before.toReversed().slice(0, 3));
    }
  });

  it('contains the log offsets of the training data, which a compaction does not change', async () => {
    await world.slate('userId=ann', 'r-1');
    await world.runtime.settle();
    const before = await lineage('r-1');
    const records = (before.data?.offsets ?? []).filter(({ topic }) => topic === 'events.v1');
    expect(records.reduce((sum, range) => sum + range.records, 0)).toBe(30 + 8);
    expect(before.data?.hashMatches).toBe(true);
    world.clock.at += 48 * HOUR;
    await world.runtime.invoke('compact', {});
    await world.runtime.invoke('compact', {});
    const after = await lineage('r-1');
    expect(after.data?.files.length).toBeLessThan(before.data?.files.length ?? 0);
    expect({ ...after, data: { ...after.data, files: [] } }).toEqual({
      ...before,
      data: { ...before.data, files: [] },
    });
  });

  it('reports training data and model files that have changed', async () => {
    await world.slate('userId=ann', 'r-1');
    const { lake, models } = world.runtime.ports;
    await lake.put(runFiles(RUN).trainingSet, Buffer.from('changed'));
    expect((await lineage('r-1')).data?.hashMatches).toBe(false);
    await lake.delete(runFiles(RUN).trainingSet);
    expect((await lineage('r-1')).data?.hashMatches).toBeNull();
    await models.put(`models/${otherModel().manifest.version}/model.onnx`, Buffer.from('changed'));
    expect((await lineage('r-1')).model?.damage).toContain('model.onnx');
  });

  it('contains the events as of the request for a slate without a model', async () => {
    await world.slate('userId=newcomer&k=2', 'r-cold');
    expect(await lineage('r-cold')).toMatchObject({
      model: null,
      data: null,
      items: [
        { titleId: 't-0', events: { count: 5, latest: [{ userId: 'eve' }, { userId: 'dan' }, { userId: 'cat' }] } },
        { titleId: 't-1', events: { count: 2 } },
      ],
    });
  });

  it('is rejected with BRICK_NO_SUCH_REQUEST for an unknown request', async () => {
    await expect(lineage('r-none')).rejects.toMatchObject({ code: 'BRICK_NO_SUCH_REQUEST' });
  });
});
