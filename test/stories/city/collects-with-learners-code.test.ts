import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import { eventKey } from '#domain/events/idempotency-key.ts';
import { use } from '../../../bin/commands/story/use-learners-code.ts';
import { findStep } from '../../../stories/academy/catalogue/list-steps-and-find-files.ts';
import { recordsOf } from '../../functions/handler-fixture.ts';
import { codeOf } from '../learner-workspace.ts';
import { cityWithLearnersFile, type LearnersCity, NOW } from './city-with-learners-file.ts';

const step = await findStep('01.3');
const SOON = { timeout: 30_000, interval: 50 };
const SOLUTION = codeOf(step, 'solution.ts');
const USES_LEARNERS = 'The city uses your collectEvents.';
const USES_REFERENCE = 'The city uses the reference implementation of collectEvents.';
const HANGS = 'export async function collectEvents(): Promise<never> { for (;;); }';
const PROMISES_ONLY =
  'export async function collectEvents(accepted: any[]) { return { accepted: accepted.length, duplicates: 0 }; }';

const playOf = (id: string) => ({
  ...{ type: 'play', eventId: id, userId: `u-${id.length}`, titleId: 't-1', occurredAt: NOW - 2, sentAt: NOW - 1 },
});
const plays = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => playOf(`${prefix}-${n}`));
/** The solution, except that it executes `what` for batches with an event whose id starts with x. */
const atX = (what: string) =>
  `${SOLUTION.replace('export async function collectEvents', 'async function solution')}
  export async function collectEvents(accepted: any, ports: any): Promise<any> {
    if (accepted.some(({ eventId }: any) => eventId.startsWith('x'))) { ${what} }
    return await solution(accepted, ports);
  }`;
const MARK =
  'await ports.idempotency.putMany(accepted.map(({ eventId }: any) => ({ key: eventKey(eventId), item: { at: 1 } })));';

describe('a city that collects with a learner’s code', () => {
  let city: LearnersCity;
  beforeEach(async () => {
    city = await cityWithLearnersFile(step);
  });
  afterEach(async () => await city[Symbol.asyncDispose]());

  const storedIds = async () =>
    (await recordsOf(city.runtime.ports.eventLog, EVENTS)).map(
      ({ value }) => (JSON.parse(value) as { eventId: string }).eventId,
    );
  const marksOf = async (ids: readonly string[]) =>
    await city.runtime.ports.idempotency.getMany(ids.map((id) => eventKey(id)));

  it('stores each event once with the solution, and counts repeats', async () => {
    city.useCode(SOLUTION);
    await city.follow();
    const [first, second] = [plays('a', 20), plays('b', 5)];
    expect(await city.post([...first, ...first.slice(0, 3)])).toMatchObject({
      status: 202,
      accepted: 20,
      duplicates: 3,
    });
    expect(await city.post([...first, ...second])).toMatchObject({ accepted: 5, duplicates: 20 });
    expect((await storedIds()).sort()).toEqual([...first, ...second].map(({ eventId }) => eventId).sort());
    await vi.waitFor(
      () => expect(city.statuses()).toMatchObject([{ runs: 'learner', calls: 2, failedCalls: 0 }]),
      SOON,
    );
    expect(city.someone.lines).toContain(USES_LEARNERS);
  });

  it.each([
    ['throws', "throw new Error('no');", 'threw Error: no'],
    ['returns undefined', 'return undefined;', /returned no numbers \{ accepted, duplicates \}/],
    ['returns wrong numbers', 'return { accepted: 1, duplicates: 0 };', 'for 3 events'],
    ['returns fractions', 'return { accepted: 1.5, duplicates: 1.5 };', 'returned no numbers'],
    ['stores nothing', 'return { accepted: 3, duplicates: 0 };', 'neither in the log nor in the table'],
    ['calls new events repeats', 'return { accepted: 0, duplicates: 3 };', 'neither in the log nor in the table'],
    ['only marks them', `${MARK} return { accepted: 3, duplicates: 0 };`, 'neither in the log nor in the table'],
    ['marks them and throws', `${MARK} throw new Error('killed');`, 'threw Error: killed'],
    [
      'does not await the append',
      'void solution(accepted, ports); return { accepted: 3, duplicates: 0 };',
      'neither in',
    ],
    ['waits forever', 'await new Promise(() => {});', 'waits for a promise that is never settled'],
    [
      'rejects a promise',
      "void Promise.reject(new Error('no')); await ports.eventLog.append('x', []);",
      'nothing awaits',
    ],
    [
      'appends something else',
      "await ports.eventLog.append(EVENTS, [{ key: 'k', value: '{}' }]);",
      'only records that',
    ],
    ['writes to another topic', "await ports.eventLog.append('exposures.v1', []);", 'the topic is events.v1'],
    ['marks other events', "await ports.idempotency.putMany([{ key: eventKey('later'), item: {} }]);", 'in this batch'],
    ['floods', 'for (;;) await ports.idempotency.getMany([]);', /called ports more than 2000 times|took too long/],
    ['hangs', 'for (;;);', 'did not return within 1000 ms'],
    ['changes a built-in', "(Array.prototype as any).x = 1; throw new Error('no');", 'threw Error: no'],
  ])('stores a batch with the reference if the code %s', async (_, what, reason) => {
    city.useCode(atX(what));
    await city.follow();
    const batch = plays('x', 3);
    expect(await city.post(batch)).toMatchObject({ status: 202, accepted: 3, duplicates: 0, rejected: [] });
    expect([...new Set(await storedIds())].sort()).toEqual(batch.map(({ eventId }) => eventId));
    await vi.waitFor(() => expect(city.statuses()).toMatchObject([{ runs: 'learner', failedCalls: 1 }]), SOON);
    expect(city.statuses()[0]?.lastFailure).toMatch(reason);
    expect(await marksOf(['later'])).toEqual([undefined]);
    await city.post(batch);
    expect(new Set(await storedIds()).size).toBe(3);
    expect(await city.post(plays('b', 2))).toMatchObject({ accepted: 2 });
    expect((await storedIds()).filter((id) => id.startsWith('b'))).toHaveLength(2);
  });

  it('gets the reference after three ended processes, and the code again after a change', async () => {
    city.useCode(HANGS);
    await city.follow();
    for (const name of ['a', 'b', 'c', 'd']) expect(await city.post(plays(name, 4))).toMatchObject({ accepted: 4 });
    expect(city.statuses()).toMatchObject([{ runs: 'reference', calls: 3, endedProcesses: 3 }]);
    expect(await storedIds()).toHaveLength(16);
    expect(city.someone.lines.filter((line) => line.startsWith('✗'))).toEqual([
      expect.stringMatching(/^✗ Your collectEvents did not return within 1000 ms/),
      expect.stringMatching(/^✗ The reference implementation replaces your collectEvents/),
    ]);
    city.someone.write(step, SOLUTION);
    await vi.waitFor(() => expect(city.statuses()).toMatchObject([{ runs: 'learner', calls: 0 }]), SOON);
    expect(await city.post(plays('e', 4))).toMatchObject({ accepted: 4 });
    expect(await storedIds()).toHaveLength(20);
  });

  it('gets the reference after 500 failed calls in a row, and prints two messages', async () => {
    city.useCode(PROMISES_ONLY);
    await city.follow();
    for (let n = 0; n < 501; n++) expect(await city.post(plays(`a${n}`, 1))).toMatchObject({ accepted: 1 });
    expect(city.statuses()).toMatchObject([{ runs: 'reference', failedCalls: 500, endedProcesses: 0 }]);
    expect(await storedIds()).toHaveLength(501);
    expect(city.someone.lines.filter((line) => line.startsWith('✗'))).toHaveLength(2);
  });

  it('does not blame the code for a port that fails, and acknowledges nothing that was not stored', async () => {
    city.useCode(SOLUTION);
    await city.follow();
    const { eventLog } = city.runtime.ports;
    const append = vi.spyOn(eventLog, 'append').mockRejectedValue(new Error('no disk'));
    const batch = plays('a', 3);
    expect((await city.post(batch)).status).toBe(500);
    append.mockRestore();
    expect(await marksOf(batch.map(({ eventId }) => eventId))).toEqual([undefined, undefined, undefined]);
    expect(await city.post(batch)).toMatchObject({ status: 202, accepted: 3 });
    expect(await storedIds()).toHaveLength(3);
    await vi.waitFor(() => expect(city.statuses()).toMatchObject([{ calls: 2, failedCalls: 0 }]), SOON);
  });

  it('detects that the code hides a port’s error', async () => {
    const hides = SOLUTION.replace(
      'if (records.length > 0) await eventLog.append(EVENTS, records);',
      'try { await eventLog.append(EVENTS, records); } catch {}',
    );
    expect(hides).not.toBe(SOLUTION);
    city.useCode(hides);
    await city.follow();
    const append = vi.spyOn(city.runtime.ports.eventLog, 'append').mockRejectedValueOnce(new Error('once'));
    expect(await city.post(plays('a', 3))).toMatchObject({ status: 202, accepted: 3 });
    append.mockRestore();
    expect(await storedIds()).toHaveLength(3);
    await vi.waitFor(() => expect(city.statuses()).toMatchObject([{ failedCalls: 1 }]), SOON);
  });

  it('runs the reference again after `use --reference`, also while the code hangs in a call', async () => {
    city.useCode(HANGS);
    await city.follow();
    const hanging = city.post(plays('a', 5));
    await use('01.3', { ...city.someone, reference: true }, city.someone.terminal);
    await vi.waitFor(() => expect(city.someone.lines).toContain(USES_REFERENCE), SOON);
    expect(await city.post(plays('b', 20))).toMatchObject({ accepted: 20 });
    expect(await hanging).toMatchObject({ accepted: 5 });
    expect(await storedIds()).toHaveLength(25);
  });

  it('loses no acknowledged event while the code is swapped under load', async () => {
    await city.follow();
    const acknowledged = new Set<string>();
    const lines: string[] = [];
    let isOver = false;
    const client = async (name: string): Promise<void> => {
      for (let n = 0; !isOver; n++) {
        const events = plays(`${n % 3 === 0 ? 'x' : name}-${name}${n}`, 10);
        // Each second batch is sent twice.
        for (let sent = 0; sent <= n % 2; sent++) expect(await city.post(events)).toMatchObject({ status: 202 });
        for (const { eventId } of events) acknowledged.add(eventId);
        await new Promise((later) => setTimeout(later, 5));
      }
    };
    const clients = ['a', 'b', 'c'].map(client);
    const marksAndThrows = atX(`${MARK} throw new Error('no');`);
    for (const code of [SOLUTION, HANGS, marksAndThrows, atX('for (;;);'), PROMISES_ONLY, SOLUTION]) {
      city.useCode(code);
      // A busy machine may not load the code in time, and then keeps the reference.
      await vi.waitFor(() => expect(city.someone.lines).not.toEqual([]), SOON);
      lines.push(...city.someone.lines);
      await new Promise((later) => setTimeout(later, 500));
      city.useReference();
      await new Promise((later) => setTimeout(later, 300));
      city.someone.lines.length = 0;
    }
    isOver = true;
    await Promise.all(clients);
    expect([...new Set(await storedIds())].sort()).toEqual([...acknowledged].sort());
    expect(lines).toContain(USES_LEARNERS);
  });
});
