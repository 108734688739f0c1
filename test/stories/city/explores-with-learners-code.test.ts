import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RecommendReply } from '#domain/events/collect-and-recommend-contract.ts';
import { EXPOSURES } from '#domain/events/event-log-topics.ts';
import type { Exposure } from '#domain/events/exposure-schemas.ts';
import { use } from '../../../bin/commands/story/use-learners-code.ts';
import { findStep } from '../../../stories/academy/catalogue/list-steps-and-find-files.ts';
import { recordsOf } from '../../functions/handler-fixture.ts';
import { codeOf } from '../learner-workspace.ts';
import { cityWithLearnersFile, type LearnersCity } from './city-with-learners-file.ts';
import { postTitles, slateFor } from './post-titles-and-request-slate.ts';

const step = await findStep('04.7');
const SOON = { timeout: 10_000, interval: 50 };
const SOLUTION = codeOf(step, 'solution.ts');
const USES_REFERENCE = 'The city uses the reference implementation of explore.';
const SLATE = 5;

/** The solution, except that it executes `what` for requests whose id starts with x. */
const forX = (what: string) =>
  `${SOLUTION.replace('export function explore', 'function solution')}
  export function explore(slate: any, exploration: any): any {
    if (exploration.requestId.startsWith('x')) { ${what} }
    return solution(slate, exploration);
  }`;
const HANGS = 'export function explore(): never { for (;;); }';

describe('a city that explores with a learner’s code', () => {
  let city: LearnersCity;
  beforeEach(async () => {
    city = await cityWithLearnersFile(step, { settings: { policy: 'popular', explorationShare: 0.5 } });
    await postTitles(city, 20);
  });
  afterEach(async () => await city[Symbol.asyncDispose]());

  const slate = async (requestId: string): Promise<RecommendReply> => await slateFor(city, requestId, SLATE);
  const titles = ({ items }: RecommendReply) => items.map(({ titleId, propensity }) => ({ titleId, propensity }));

  it('shows with the solution what the reference shows', async () => {
    await city.follow();
    const before = [titles(await slate('a-1')), titles(await slate('a-2'))];
    city.useCode(SOLUTION);
    await vi.waitFor(() => expect(city.someone.lines).toContain('The city uses your explore.'), SOON);
    expect([titles(await slate('a-1')), titles(await slate('a-2'))]).toEqual(before);
    expect(before.flat().some(({ propensity }) => propensity < 0.5)).toBe(true);
    await vi.waitFor(() => expect(city.statuses()).toMatchObject([{ calls: 2, failedCalls: 0 }]), SOON);
  });

  it.each([
    ['throws', "throw new Error('no');", /threw Error: no/],
    ['returns undefined', 'return undefined;', /returned no slate/],
    ['returns a promise', 'return Promise.resolve(solution(slate, exploration));', /returned a promise/],
    ['returns too few titles', 'return solution(slate, exploration).slice(1);', /returned 4 titles instead of 5/],
    [
      'repeats a title',
      'return solution(slate, exploration).map((item: any, i: number, all: any) => ({ ...all[0], position: i + 1 }));',
      /a title twice/,
    ],
    [
      'invents a title',
      "return solution(slate, exploration).map((item: any, i: number) => ({ ...item, titleId: 'new-' + i }));",
      /new-0, which is not allowed/,
    ],
    [
      'returns an impossible propensity',
      'return solution(slate, exploration).map((item: any) => ({ ...item, propensity: 2 }));',
      /propensity/,
    ],
    ['hangs', 'for (;;);', /did not return within 1000 ms/],
  ])('shows the reference’s slate if the code %s', async (_, what, reason) => {
    await city.follow();
    const expected = titles(await slate('x-1'));
    city.useCode(forX(what));
    await vi.waitFor(() => expect(city.someone.lines).toContain('The city uses your explore.'), SOON);
    expect(titles(await slate('x-1'))).toEqual(expected);
    await vi.waitFor(() => expect(city.statuses()).toMatchObject([{ runs: 'learner', failedCalls: 1 }]), SOON);
    expect(city.statuses()[0]?.lastFailure).toMatch(reason);
    expect((await slate('a-1')).items).toHaveLength(SLATE);
  });

  it('gets the reference after three ended processes, and after `use --reference`', async () => {
    city.useCode(HANGS);
    await city.follow();
    for (const id of ['a', 'b', 'c', 'd']) expect((await slate(id)).items).toHaveLength(SLATE);
    expect(city.statuses()).toMatchObject([{ runs: 'reference', calls: 3, endedProcesses: 3 }]);
    expect(city.someone.lines.filter((line) => line.startsWith('✗'))).toHaveLength(2);
    await use('04.7', { ...city.someone, reference: true }, city.someone.terminal);
    await vi.waitFor(() => expect(city.someone.lines).toContain(USES_REFERENCE), SOON);
  });

  it('gets the reference after 500 failed calls in a row', async () => {
    city.useCode("export function explore() { throw new Error('always'); }");
    await city.follow();
    for (let n = 0; n < 10; n++) await Promise.all(Array.from({ length: 51 }, (_, i) => slate(`${n}-${i}`)));
    expect(city.statuses()).toMatchObject([{ runs: 'reference', endedProcesses: 0 }]);
    expect(city.someone.lines.filter((line) => line.startsWith('✗'))).toHaveLength(2);
  });

  it('answers each request, and logs each slate, while the code is swapped under load', async () => {
    await city.follow();
    let [answered, isOver] = [0, false];
    const client = async (name: string): Promise<void> => {
      for (let n = 0; !isOver; n++) {
        expect((await slate(`${n % 3 === 0 ? 'x' : name}-${name}${n}`)).items).toHaveLength(SLATE);
        answered++;
      }
    };
    const clients = ['a', 'b', 'c'].map(client);
    for (const code of [SOLUTION, HANGS, forX("throw new Error('no');"), SOLUTION]) {
      city.useCode(code);
      await new Promise((later) => setTimeout(later, 800));
      city.useReference();
      await new Promise((later) => setTimeout(later, 300));
    }
    isOver = true;
    await Promise.all(clients);
    const logged = await recordsOf(city.runtime.ports.eventLog, EXPOSURES);
    const ids = new Set(logged.map(({ value }) => (JSON.parse(value) as Exposure).requestId));
    expect(ids.size).toBe(answered);
  });
});
