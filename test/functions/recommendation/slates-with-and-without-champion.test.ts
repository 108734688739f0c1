import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXPOSURES } from '#domain/events/event-log-topics.ts';
import { Exposure } from '#domain/events/exposure-schemas.ts';
import { FIXTURE_TITLES } from '../../../bin/parity/fixture-model.ts';
import { openWorld, type World } from '../../support/open-test-system.ts';
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
  it('shows the most played titles, and is not degraded', async () => {
    await world.play('ann', 't-7', 't-8');
    await world.play('bob', 't-7');
    world.later();
    const slate = await world.slate('userId=new&k=3');
    expect(slate).toMatchObject({ policy: 'popular', modelVersion: null, degraded: null });
    expect(ids(slate)).toEqual(['t-7', 't-8', 't-0']);
  });

  it('shows a new user the popular titles of the country, then those of the world', async () => {
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

  it('ranks unseen titles by the model', async () => {
    await world.play('ann', 't-0', 't-3');
    const slate = await world.slate('userId=ann&k=3');
    expect(slate).toMatchObject({ policy: 'model', degraded: null });
    expect(slate.modelVersion).toMatch(/^[0-9a-f]{12}$/);
    expect(ids(slate).map(kindOf)).toEqual([0, 0, 0]);
    expect(ids(slate)).not.toContain('t-0');
    expect(slate.items.map(({ position }) => position)).toEqual([1, 2, 3]);
    expect(slate.items.every(({ propensity }) => propensity === 1)).toBe(true);
  });

  it('interrupts a run of one genre', async () => {
    await world.play('ann', 't-0', 't-3');
    const kinds = ids(await world.slate('userId=ann&k=8')).map(kindOf);
    expect(kinds.slice(0, 3)).toEqual([0, 0, 0]);
    expect(kinds[3]).not.toBe(0);
  });

  it('returns the same slate from the cache, until the user plays a title', async () => {
    await world.play('ann', 't-0');
    const [first, second] = [await world.slate('userId=ann&k=5', 'r-a'), await world.slate('userId=ann&k=5', 'r-b')];
    expect(second.items).toEqual(first.items);
    await world.play('ann', ids(first)[0] as string);
    expect(ids(await world.slate('userId=ann&k=5'))).not.toContain(ids(first)[0]);
  });

  it('shows popular titles to a user without history', async () => {
    expect(await world.slate('userId=new&k=3')).toMatchObject({ policy: 'popular', degraded: null });
  });

  it('never shows a seen title, or one twice, and fills the slate if the catalogue can', async () => {
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

  it('falls back to popularity if the model’s files are damaged, and reports it in response and metrics', async () => {
    await using other = await damagedWorld();
    await other.play('ann', 't-0');
    const slate = await other.slate('userId=ann&k=3');
    expect(slate.policy).toBe('popular');
    expect(slate.degraded).toContain(
      'the model could not be used, so popular titles of all countries were served: model.onnx',
    );
    expect(await other.runtime.metrics.exposition()).toContain('agentbricks_degraded_total');
  });

  /** Opens a world whose champion was damaged before it was loaded. */
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
  it('is logged exactly as it is shown', async () => {
    const slate = await world.slate('userId=ann&k=4&device=tv', 'r-logged');
    const [record] = await recordsOf(world.runtime.ports.eventLog as never, EXPOSURES);
    expect(JSON.parse(record?.value ?? '')).toMatchObject({
      requestId: 'r-logged',
      userId: 'ann',
      device: 'tv',
      policy: 'popular',
      items: slate.items.map(({ name, ...item }) => item),
    });
  });

  it('has its own exposure, also if two users send the same request id; a repeated request has the same', async () => {
    for (const user of ['ann', 'bob', 'ann']) await world.slate(`userId=${user}&k=2`, 'r-shared');
    const records = await recordsOf(world.runtime.ports.eventLog as never, EXPOSURES);
    const exposures = records.map(({ value }) => Exposure.parse(JSON.parse(value)));
    const usersOf = Map.groupBy(exposures, ({ eventId }) => eventId);
    const users = [...usersOf.values()].map((same) => same.map(({ userId }) => userId));
    expect(users.sort()).toEqual([['ann', 'ann'], ['bob']]);
  });

  it.each([
    ['k=3', 'userId'],
    ['userId=ann&k=0', 'k'],
    ['userId=ann&k=x', 'k'],
    ['userId=ann&device=fridge', 'device'],
    ['userId=a%20b', 'userId'],
  ])('is rejected for ?%s, and the message names %s', async (query, field) => {
    const response = await world.ask(query);
    expect(response.status).toBe(400);
    expect(JSON.parse(response.body)).toMatchObject({ what: `the query parameter ${field} is not valid` });
  });

  it('is rejected for a header x-request-id that is not an id', async () => {
    expect((await world.ask('userId=ann', 'not an id')).status).toBe(400);
  });
});

describe('fixed policies', () => {
  it('show a random slate with propensities, the same for the same request', async () => {
    await using chance = await openWorld({ policy: 'random' });
    await chance.titles();
    const slate = await chance.slate('userId=ann&k=5', 'r-1');
    expect(slate.policy).toBe('random');
    expect(slate.items.every(({ propensity }) => propensity === 1 / FIXTURE_TITLES)).toBe(true);
    expect((await chance.slate('userId=ann&k=5', 'r-1')).items).toEqual(slate.items);
    expect((await chance.slate('userId=ann&k=5', 'r-2')).items).not.toEqual(slate.items);
  });

  it('show popularity to the control group', async () => {
    await using held = await openWorld({ holdbackShare: 1, explorationShare: 0 });
    await held.titles();
    await held.promoteFixture();
    await held.play('ann', 't-0');
    held.later();
    expect((await held.slate('userId=ann')).policy).toBe('popular');
  });

  it('explore with the logged probability', async () => {
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
