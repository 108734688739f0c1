import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXPOSURES } from '#domain/events/topics.ts';
import { FIXTURE_TITLES, openWorld, type World } from '../../support/test-world.ts';
import { recordsOf } from '../handler-fixture.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
  await world.titles();
});
afterEach(() => world[Symbol.asyncDispose]());

const ids = ({ items }: { items: readonly { titleId: string }[] }) => items.map(({ titleId }) => titleId);
const kindOf = (titleId: string) => Number(titleId.slice('t-'.length)) % 3;

describe('without a champion', () => {
  it('shows what is most played, and does not call that degraded', async () => {
    await world.play('ann', 't-7', 't-8');
    await world.play('bob', 't-7');
    world.later();
    const slate = await world.slate('userId=new&k=3');
    expect(slate).toMatchObject({ policy: 'popular', modelVersion: null, degraded: null });
    expect(ids(slate)).toEqual(['t-7', 't-8', 't-0']);
  });

  it('starts a newcomer with what is popular in the country, then everywhere', async () => {
    await world.signup('ann', 'SE');
    await world.play('ann', 't-5');
    await world.signup('bob', 'NO');
    await world.play('bob', 't-6');
    await world.play('cat', 't-6');
    world.later();
    expect(ids(await world.slate('userId=new&country=SE&k=2'))).toEqual(['t-5', 't-6']);
    expect(ids(await world.slate('userId=new&country=NO&k=2'))).toEqual(['t-6', 't-5']);
    expect(ids(await world.slate('userId=new&k=2'))).toEqual(['t-6', 't-5']);
  });
});

describe('with a champion', () => {
  beforeEach(async () => {
    await world.promoteFixture();
    world.later();
  });

  it('ranks by the model what the user has not seen', async () => {
    await world.play('ann', 't-0', 't-3');
    const slate = await world.slate('userId=ann&k=3');
    expect(slate).toMatchObject({ policy: 'model', degraded: null });
    expect(slate.modelVersion).toMatch(/^[0-9a-f]{12}$/);
    expect(ids(slate).map(kindOf)).toEqual([0, 0, 0]);
    expect(ids(slate)).not.toContain('t-0');
    expect(slate.items.map(({ position }) => position)).toEqual([1, 2, 3]);
    expect(slate.items.every(({ propensity }) => propensity === 1)).toBe(true);
  });

  it('breaks up a run of one genre', async () => {
    await world.play('ann', 't-0', 't-3');
    const kinds = ids(await world.slate('userId=ann&k=8')).map(kindOf);
    expect(kinds.slice(0, 3)).toEqual([0, 0, 0]);
    expect(kinds[3]).not.toBe(0);
  });

  it('answers the same again, from its cache or not', async () => {
    await world.play('ann', 't-0');
    const [first, second] = [await world.slate('userId=ann&k=5', 'r-a'), await world.slate('userId=ann&k=5', 'r-b')];
    expect(second.items).toEqual(first.items);
    await world.play('ann', ids(first)[0] as string);
    expect(ids(await world.slate('userId=ann&k=5'))).not.toContain(ids(first)[0]);
  });

  it('gives popularity to a user without history', async () => {
    expect(await world.slate('userId=new&k=3')).toMatchObject({ policy: 'popular', degraded: null });
  });

  it('never shows a seen title, nor one twice, and always as many as there are', async () => {
    const title = fc.nat(FIXTURE_TITLES - 1).map((number) => `t-${number}`);
    let user = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(title, { maxLength: FIXTURE_TITLES }),
        fc.integer({ min: 1, max: 40 }),
        async (seen, k) => {
          const userId = `u-${++user}`;
          if (seen.length > 0) await world.play(userId, ...seen);
          const shown = ids(await world.slate(`userId=${userId}&k=${k}`));
          expect(new Set(shown).size).toBe(shown.length);
          expect(shown.filter((titleId) => seen.includes(titleId))).toEqual([]);
          expect(shown).toHaveLength(Math.min(k, FIXTURE_TITLES - seen.length));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('falls back to popularity when the model’s files are damaged, and says so everywhere', async () => {
    await using other = await damagedWorld();
    await other.play('ann', 't-0');
    const slate = await other.slate('userId=ann&k=3');
    expect(slate.policy).toBe('popular');
    expect(slate.degraded).toContain('model → popular: model.onnx');
    expect(await other.runtime.metrics.exposition()).toContain('agentbricks_degraded_total');
  });

  /** Its champion was damaged before anybody loaded it. */
  async function damagedWorld() {
    const fresh = await openWorld();
    await fresh.titles();
    await fresh.promoteFixture();
    const pointer = await fresh.runtime.ports.registry.get<{ version: string }>({ pk: 'alias', sk: 'champion' });
    await fresh.runtime.ports.models.put(`models/${pointer?.version}/model.onnx`, Buffer.from('damaged'));
    fresh.later();
    return fresh;
  }
});

describe('every slate', () => {
  it('is in the log, as it was shown, before it is shown', async () => {
    const slate = await world.slate('userId=ann&k=4&device=tv', 'r-logged');
    const [record] = await recordsOf(world.runtime.ports.eventLog as never, EXPOSURES);
    expect(JSON.parse(record?.value ?? '')).toMatchObject({
      eventId: 'r-logged',
      requestId: 'r-logged',
      userId: 'ann',
      device: 'tv',
      policy: 'popular',
      items: slate.items.map(({ name, ...item }) => item),
    });
  });

  it.each([
    ['k=3', 'userId'],
    ['userId=ann&k=0', 'k'],
    ['userId=ann&k=x', 'k'],
    ['userId=ann&device=fridge', 'device'],
    ['userId=a%20b', 'userId'],
  ])('is refused for ?%s, naming %s', async (query, field) => {
    const answer = await world.ask(query);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ what: `the query's ${field} is not usable` });
  });

  it('is refused for a request id that is none', async () => {
    expect((await world.ask('userId=ann', 'not an id')).status).toBe(400);
  });
});

describe('policies that are fixed', () => {
  it('show chance where chance is asked for: each title with its propensity, the same for the same request', async () => {
    await using chance = await openWorld({ policy: 'random' });
    await chance.titles();
    const slate = await chance.slate('userId=ann&k=5', 'r-1');
    expect(slate.policy).toBe('random');
    expect(slate.items.every(({ propensity }) => propensity === 1 / FIXTURE_TITLES)).toBe(true);
    expect((await chance.slate('userId=ann&k=5', 'r-1')).items).toEqual(slate.items);
    expect((await chance.slate('userId=ann&k=5', 'r-2')).items).not.toEqual(slate.items);
  });

  it('keep a control group on popularity, always the same users', async () => {
    await using held = await openWorld({ holdbackShare: 1, explorationShare: 0 });
    await held.titles();
    await held.promoteFixture();
    await held.play('ann', 't-0');
    held.later();
    expect((await held.slate('userId=ann')).policy).toBe('popular');
  });

  it('explore with the probability that is logged', async () => {
    await using curious = await openWorld({ holdbackShare: 0, explorationShare: 0.5 });
    await curious.titles();
    let [explored, all] = [0, 0];
    for (let request = 0; request < 60; request++) {
      for (const { source, propensity } of (await curious.slate('userId=ann&k=10', `r-${request}`)).items) {
        all++;
        if (source === 'exploration') explored++;
        expect(propensity).toBe(source === 'exploration' ? 0.5 / (FIXTURE_TITLES - 10) : 0.5);
      }
    }
    expect(explored / all).toBeGreaterThan(0.43);
    expect(explored / all).toBeLessThan(0.57);
  });
});
