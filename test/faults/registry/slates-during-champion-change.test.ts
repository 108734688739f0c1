import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SECOND } from '#domain/core/time.ts';
import { RecommendReply } from '#domain/events/collect-and-recommend-contract.ts';
import { modelRegistry } from '#model-registry/model-registry.ts';
import { fixtureModel } from '../../../bin/parity/fixture-model.ts';
import { RECOMMENDATIONS_PER_SECOND } from '../../../localstack/embedded/http/limit-recommendations-per-user.ts';
import { otherModel } from '../../support/fixture-models.ts';
import { openWorld, type World } from '../../support/open-test-system.ts';

const ME = { who: 'me', why: 'test' };
const USERS = ['ann', 'bob', 'cat'];
const CLIENTS = 8;
/** Pause of a client between two requests, milliseconds: the three clients of a user stay below the limit per user. */
const PAUSE = (1000 * Math.ceil(CLIENTS / USERS.length)) / (RECOMMENDATIONS_PER_SECOND / 2);
/** Factor by which the service's clock is faster, so that ten of its seconds pass quickly. */
const FASTER = 10;
const PICKED_UP_WITHIN = 10 * SECOND;

interface Answer {
  readonly status: number;
  /** Time of the request on the service's clock, UTC epoch milliseconds. */
  readonly at: number;
  readonly reply: RecommendReply;
}

describe('a new champion under load', () => {
  let world: World;
  let url: string;
  beforeEach(async () => {
    world = await openWorld();
    await world.titles();
    for (const [i, user] of USERS.entries()) await world.play(user, `t-${i}`, `t-${i + 3}`);
    await world.promoteFixture();
    await registry().register(otherModel(), 'run-2');
    world.later();
    ({ url } = await world.runtime.listen(0));
  });
  afterEach(() => world[Symbol.asyncDispose]());

  const registry = () => modelRegistry(world.runtime.ports);
  const ask = async (user: string): Promise<Answer> => {
    const { at } = world.clock;
    const response = await fetch(`${url}/v1/recommendations?userId=${user}&k=10`);
    return { status: response.status, at, reply: RecommendReply.parse(await response.json()) };
  };
  const itemsOf = ({ items }: RecommendReply) => items.map(({ titleId, score }) => [titleId, score]);
  /** Returns the slate of each user under the serving version. */
  const slatesOf = async () =>
    new Map(await Promise.all(USERS.map(async (user) => [user, itemsOf((await ask(user)).reply)] as const)));

  /** Sends requests continuously while the clock advances and `work` runs. */
  async function underLoad(work: () => Promise<void>): Promise<Answer[]> {
    const answers: Answer[] = [];
    const began = performance.now();
    const startedAt = world.clock.at;
    let isOver = false;
    const client = async (user: string) => {
      while (!isOver) {
        world.clock.at = startedAt + Math.floor((performance.now() - began) * FASTER);
        answers.push(await ask(user));
        await sleep(PAUSE);
      }
    };
    const clients = Array.from({ length: CLIENTS }, (_, i) => client(USERS[i % USERS.length] ?? ''));
    await work();
    isOver = true;
    await Promise.all(clients);
    return answers;
  }
  const flow = (milliseconds: number) => sleep(milliseconds / FASTER);

  it('replaces the old one within 10 seconds, without failed requests or slates of mixed versions', async () => {
    const slates = new Map([[fixtureModel().manifest.version, await slatesOf()]]);
    let changedAt = 0;
    const answers = await underLoad(async () => {
      await flow(2 * SECOND);
      await registry().setAlias('champion', otherModel().manifest.version, ME);
      changedAt = world.clock.at;
      await flow(2 * PICKED_UP_WITHIN);
    });
    slates.set(otherModel().manifest.version, await slatesOf());

    expect(answers.filter(({ status, reply }) => status !== 200 || reply.degraded !== null)).toEqual([]);
    for (const { reply } of answers) {
      expect(itemsOf(reply)).toEqual(slates.get(reply.modelVersion ?? '')?.get(reply.userId));
    }
    const served = answers.map(({ reply }) => reply.modelVersion);
    expect(new Set(served).size).toBe(2);
    const late = answers.filter(
      ({ at, reply }) => at > changedAt + PICKED_UP_WITHIN && reply.modelVersion !== served.at(-1),
    );
    expect(late).toEqual([]);
    expect(answers.length).toBeGreaterThan(50);
  });

  it('with damaged files changes no slate, and the responses report it', async () => {
    const before = await slatesOf();
    const { version } = otherModel().manifest;
    await world.runtime.ports.models.put(`models/${version}/model.onnx`, Buffer.from('damaged'));
    const answers = await underLoad(async () => {
      await registry().setAlias('champion', version, ME);
      await flow(PICKED_UP_WITHIN);
    });
    for (const { status, reply } of answers) {
      expect(status).toBe(200);
      expect(itemsOf(reply)).toEqual(before.get(reply.userId));
    }
    expect(answers.at(-1)?.reply.degraded).toMatch(/^older model: model.onnx/);
  });
});
