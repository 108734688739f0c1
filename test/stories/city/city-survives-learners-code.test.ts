import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HOUR } from '#domain/core/time.ts';
import type { CollectReply } from '#domain/events/collect-and-recommend-contract.ts';
import { EVENTS, EVENTS_DLQ } from '#domain/events/event-log-topics.ts';
import { followSeams } from '../../../bin/learner-code/load-and-reload-selected-files.ts';
import { recordUse } from '../../../bin/learner-code/read-and-record-use-command-times.ts';
import { listeners } from '../../../localstack/embedded/city/combine-listeners.ts';
import { runCity } from '../../../localstack/embedded/city/run-city-with-weekly-retraining.ts';
import type { FunctionStatus } from '../../../localstack/embedded/host/learner-code/fall-back-to-reference.ts';
import { openRuntime, type Runtime } from '../../../localstack/embedded/host/open-runtime.ts';
import { seamsFileIn } from '../../../stories/academy/workspace/workspace-paths.ts';
import { recordsOf } from '../../functions/handler-fixture.ts';
import { codeOf, firstStep, type Learner, learner } from '../learner-workspace.ts';

const step = await firstStep();
const SOON = { timeout: 30_000, interval: 50 };
const NOW = Date.UTC(2026, 0, 5, 12);
const SOLUTION = codeOf(step, 'solution.ts');

const playOf = (id: string) => ({
  ...{ type: 'play', eventId: id, userId: 'u-1', titleId: 't-1', occurredAt: NOW - 2, sentAt: NOW - 1 },
});
const plays = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => playOf(`${prefix}-${n}`));
/** The solution, except that it executes `what` for events whose id ends with -2. */
const atTwo = (what: string) =>
  `${SOLUTION.replace('export function validateEvent', 'function solution')}
  const log: unknown[] = [];
  export function validateEvent(raw: any, at: number): any {
    if (String(raw?.eventId).endsWith('-2')) { ${what} }
    return solution(raw, at);
  }`;
const HANGS = 'export function validateEvent(): never { for (;;); }';

const USES_LEARNERS = 'The city uses your validateEvent.';
const USES_REFERENCE = 'The city uses the reference implementation of validateEvent.';

describe('a city that runs a learner’s code', () => {
  let dataDir: string;
  let runtime: Runtime;
  let someone: Learner;
  let statuses: readonly FunctionStatus[];
  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'story-city-'));
    runtime = await openRuntime({ dataDir, now: () => NOW, logLevel: 'ERROR' });
    someone = learner();
    statuses = [];
  });
  afterEach(async () => {
    await runtime[Symbol.asyncDispose]();
    someone[Symbol.dispose]();
    rmSync(dataDir, { recursive: true, force: true });
  });

  /** Puts code in use, like the command `use` with `--anyway`, but without running the checks. */
  function useCode(code: string): void {
    someone.write(step, code);
    recordUse(seamsFileIn(someone.workspace), 'validate-event');
    select({ 'validate-event': step.learnerFile });
  }

  const useReference = () => select({});

  function select(inUse: object): void {
    const file = seamsFileIn(someone.workspace);
    writeFileSync(`${file}.new`, JSON.stringify(inUse));
    renameSync(`${file}.new`, file);
  }

  /** Follows seams.json for the runtime. Resolves once the file in use was loaded. */
  async function follow() {
    const seams = await followSeams(seamsFileIn(someone.workspace), someone.terminal, (each) => {
      statuses = each;
    });
    seams.lead(runtime);
    return seams;
  }

  async function post(events: readonly object[]): Promise<CollectReply & { status: number }> {
    const headers = { 'content-type': 'application/json' };
    const request = { method: 'POST', path: '/v1/events', headers, body: JSON.stringify({ events }) } as const;
    const { status, body } = await runtime.api(request);
    return { status, ...JSON.parse(body) };
  }

  it.each([
    ['throws', "throw new Error('two');", 'threw Error: two'],
    ['returns a promise', 'return Promise.resolve({ ok: true, event: raw });', 'returned a promise'],
    ['returns undefined', 'return undefined;', 'returned neither an event nor a rejection'],
    ['returns a Proxy', 'return new Proxy({ ok: true, event: raw }, {});', 'returned neither an event nor a rejection'],
    [
      'returns an event with a getter',
      'return { ok: true, event: { ...raw, get titleId() { return 1; } } };',
      'schema',
    ],
    ['returns an event of another form', 'return { ok: true, event: { ...raw, titleId: 7 } };', 'titleId'],
    ['returns too much', "return { ok: false, code: 'x', reason: 'x'.repeat(1e6) };", 'more than 100000 characters'],
    ['leaves a rejected promise', "void Promise.reject(new Error('no'));", 'rejection'],
    ['hangs', 'for (;;);', 'did not return within 1000 ms'],
    ['hangs in microtasks', 'const again = () => queueMicrotask(again); again();', 'did not return within 1000 ms'],
    ['changes a built-in object', '(Array.prototype as any).ok = 1;', 'changed the built-in Array.prototype.ok'],
  ])('loses one event if the code %s for it, and the other events of the batch are stored', async (_, what, reason) => {
    useCode(atTwo(what));
    using _seams = await follow();
    const reply = await post(plays('a', 20));
    expect(reply).toMatchObject({ status: 202, accepted: 19, rejected: [{ index: 2, code: 'validator_failed' }] });
    expect(reply.rejected[0]?.reason).toContain(reason);
    const [letter, ...more] = await recordsOf(runtime.ports.eventLog, EVENTS_DLQ);
    expect(JSON.parse(letter?.value ?? '')).toMatchObject({
      code: 'validator_failed',
      raw: JSON.stringify(playOf('a-2')),
    });
    expect(more).toEqual([]);
    expect(await recordsOf(runtime.ports.eventLog, EVENTS)).toHaveLength(19);
    expect(await post(plays('b', 2))).toMatchObject({ accepted: 2, rejected: [] });
    // The status is reported at most once a second.
    await vi.waitFor(() => expect(statuses).toMatchObject([{ runs: 'learner', failedCalls: 1 }]), SOON);
  });

  it('gets the reference after three ended processes, in the same batch, and the code again after a change', async () => {
    useCode(HANGS);
    using _seams = await follow();
    const { accepted, rejected } = await post(plays('a', 20));
    expect(rejected.map(({ code }) => code)).toEqual(Array(3).fill('validator_failed'));
    expect(accepted).toBe(17);
    expect(statuses).toMatchObject([{ runs: 'reference', endedProcesses: 3, failedCalls: 3 }]);
    expect(await post(plays('b', 20))).toMatchObject({ accepted: 20, rejected: [] });
    expect(someone.lines.filter((line) => line.startsWith('✗'))).toEqual([
      expect.stringMatching(/^✗ Your validateEvent did not return within 1000 ms/),
      expect.stringMatching(/^✗ The reference implementation replaces your validateEvent/),
    ]);
    someone.write(step, SOLUTION);
    await vi.waitFor(() => expect(statuses).toMatchObject([{ runs: 'learner', calls: 0 }]), SOON);
    await post(plays('c', 1));
    expect(statuses).toMatchObject([{ runs: 'learner', calls: 1, endedProcesses: 0 }]);
  });

  it('gets the reference after 500 failed calls in a row, and prints two messages', async () => {
    useCode("export function validateEvent() { throw new Error('always'); }");
    using _seams = await follow();
    expect((await post(plays('a', 500))).rejected).toHaveLength(500);
    expect(await post(plays('b', 20))).toMatchObject({ accepted: 20 });
    expect(statuses).toMatchObject([{ runs: 'reference', failedCalls: 500, endedProcesses: 0 }]);
    expect(someone.lines.filter((line) => line.startsWith('✗'))).toHaveLength(2);
    // The same code is selected again.
    recordUse(seamsFileIn(someone.workspace), 'validate-event');
    select({ 'validate-event': step.learnerFile });
    await vi.waitFor(() => expect(statuses).toMatchObject([{ runs: 'learner', calls: 0 }]), SOON);
    expect((await post(plays('c', 1))).rejected).toHaveLength(1);
  });

  it('runs the reference again as soon as it is selected, also while the code hangs in a call or while it loads', async () => {
    useCode(HANGS);
    using _seams = await follow();
    const hanging = post(plays('a', 5));
    useReference();
    await vi.waitFor(() => expect(someone.lines).toContain(USES_REFERENCE), SOON);
    expect(await post(plays('b', 20))).toMatchObject({ accepted: 20 });
    const { accepted, rejected } = await hanging;
    expect(accepted + rejected.length).toBe(5);

    useCode('for (;;);');
    useReference();
    expect(await post(plays('c', 20))).toMatchObject({ accepted: 20 });
  });

  it('loses no acknowledged event while the code is swapped under load', async () => {
    using _seams = await follow();
    const lines: string[] = [];
    const sent: string[] = [];
    const acknowledged = new Set<string>();
    let isOver = false;
    const client = async (name: string): Promise<void> => {
      for (let n = 0; !isOver; n++) {
        const events = plays(`${name}-${n}`, 10);
        const { status, rejected } = await post(events);
        expect([202, 400]).toContain(status);
        sent.push(...events.map(({ eventId }) => eventId));
        const failed = new Set(rejected.map(({ index }) => index));
        for (const [i, { eventId }] of events.entries()) if (!failed.has(i)) acknowledged.add(eventId);
        await new Promise((later) => setTimeout(later, 5));
      }
    };
    const clients = ['a', 'b', 'c'].map(client);
    for (const code of [SOLUTION, HANGS, SOLUTION, atTwo("throw new Error('two');"), SOLUTION]) {
      useCode(code);
      // A busy machine may not load the code in time, and then keeps the reference.
      await vi.waitFor(() => expect(someone.lines).not.toEqual([]), SOON);
      lines.push(...someone.lines);
      await new Promise((later) => setTimeout(later, 500));
      useReference();
      await new Promise((later) => setTimeout(later, 500));
      someone.lines.length = 0;
    }
    isOver = true;
    await Promise.all(clients);
    const stored = await recordsOf(runtime.ports.eventLog, EVENTS);
    const letters = await recordsOf(runtime.ports.eventLog, EVENTS_DLQ);
    const ids = stored.map(({ value }) => (JSON.parse(value) as { eventId: string }).eventId);
    expect([...new Set(ids)].sort()).toEqual([...acknowledged].sort());
    expect(stored.length + letters.length).toBe(sent.length);
    expect(lines).toContain(USES_LEARNERS);
  });

  it.each([
    ['rejects every event', "export const validateEvent = () => ({ ok: false, code: 'no', reason: 'no' });"],
    ['hangs', HANGS],
    ['returns nothing', 'export function validateEvent() {}'],
  ])('keeps simulating if the code %s, and starts again with it', async (_, code) => {
    useCode(code);
    const home = mkdtempSync(join(tmpdir(), 'story-city-'));
    try {
      for (let start = 1; start <= 2; start++) {
        using seams = await followSeams(seamsFileIn(someone.workspace), someone.terminal);
        const stop = new AbortController();
        let hours = 0;
        const onHour = () => {
          hours++;
          if (hours === 2) stop.abort();
        };
        const listener = listeners({ onHour }, { onRuntime: seams.lead });
        const size = { seed: 7, agents: 200, titles: 60, days: 7 };
        const city = { dataDir: home, size, listener, signal: stop.signal };
        await runCity(city, { speed: HOUR, onError: (work, error) => expect.unreachable(`${work}: ${error}`) });
        expect(hours).toBe(2);
      }
    } finally {
      rmSync(home, { recursive: true });
    }
  });
});
