import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StorageFull } from '#adapters/sqlite/open-sqlite-with-storage-errors.ts';
import { MINUTE } from '#domain/core/time.ts';
import type { Api, ApiResponse } from '#domain/events/collect-and-recommend-contract.ts';
import { ServiceRefused } from '../../functions/universe/engine/post-events.ts';
import { CITY_STARTS_AT, restoreUniverse, simulateUntil } from '../../localstack/embedded/city/simulate-until.ts';
import { eventLogHash } from '../../localstack/embedded/city/state/event-log-hash.ts';
import { simulatedClock } from '../../localstack/embedded/city/state/simulated-clock.ts';
import { openRuntime } from '../../localstack/embedded/host/open-runtime.ts';
import {
  isPassingFault,
  type Pause,
  retryPassingFaults,
} from '../../localstack/embedded/process/retry-passing-faults.ts';

const SIZE = { seed: 7, agents: 150, titles: 40, days: 1 };
const HOURS = 20;
/** Requests of an undisturbed run, about. A fault with a greater number does not occur. */
const REQUESTS = 60;
const full = new StorageFull(new Error('database or disk is full'));
const FULL_REPLY: ApiResponse = {
  status: 503,
  headers: {},
  body: JSON.stringify({ code: full.code, ...full.explanation, correlationId: 'c-1' }),
};

/** The reply to one request is lost: the service responds with 503, before or after it has handled the request. */
const Fault = fc.record({ request: fc.nat({ max: REQUESTS }), handled: fc.boolean() });
type Fault = typeof Fault extends fc.Arbitrary<infer Value> ? Value : never;

describe('a simulation whose service fails for a moment', () => {
  let folder: string;
  let number = 0;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agentbricks-storage-faults-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const simulate = async (faults: readonly Fault[]) => {
    const dataDir = join(folder, String(number++));
    const clock = simulatedClock(CITY_STARTS_AT);
    const settings = { policy: 'popular', holdbackShare: 0 } as const;
    await using runtime = await openRuntime({ dataDir, now: clock.now, settings });
    let requests = 0;
    const api: Api = async (request) => {
      const fault = faults.find((each) => each.request === requests);
      requests++;
      if (!fault) return await runtime.api(request);
      if (fault.handled) await runtime.api(request);
      return FULL_REPLY;
    };
    const pauses: (Pause | undefined)[] = [];
    const hours: number[] = [];
    const restored = restoreUniverse(SIZE, dataDir);
    await simulateUntil({
      ...{ runtime: { ...runtime, api }, clock, dataDir, restored, untilHour: HOURS },
      onHour: ({ hour }) => void hours.push(hour),
      onPaused: (pause) => void pauses.push(pause),
      pause: async () => undefined,
    });
    return { hash: await eventLogHash(runtime.ports.eventLog), pauses, hours, requests };
  };

  it(
    'waits, repeats the hour, and stores the same events as an undisturbed one',
    async () => {
      const alone = await simulate([]);
      expect(alone.pauses).toEqual([]);
      expect(alone.requests).toBeGreaterThan(REQUESTS / 2);
      await fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(Fault, { maxLength: 4, selector: ({ request }) => request }),
          async (faults) => {
            const disturbed = await simulate(faults);
            expect(disturbed.hash).toBe(alone.hash);
            expect(disturbed.hours).toEqual(alone.hours);
            // Requests for slates run concurrently, so several of them may fail in one attempt.
            const occurred = faults.filter(({ request }) => request < disturbed.requests).length;
            const paused = disturbed.pauses.filter(Boolean).length;
            expect(paused).toBeLessThanOrEqual(occurred);
            expect(paused > 0).toBe(occurred > 0);
            if (disturbed.pauses.length > 0) expect(disturbed.pauses.at(-1)).toBeUndefined();
          },
        ),
        { numRuns: 12 },
      );
    },
    3 * MINUTE,
  );
});

describe('retryPassingFaults', () => {
  const failing = (times: number, error: unknown) => {
    let failures = 0;
    return async () => {
      if (failures++ < times) throw error;
      return 'done';
    };
  };
  const pause = async () => undefined;

  it('repeats the work, and reports each failure and the end of the pause', async () => {
    const pauses: (Pause | undefined)[] = [];
    const onPaused = (each: Pause | undefined) => void pauses.push(each);
    expect(await retryPassingFaults(failing(3, full), { pause, onPaused })).toBe('done');
    expect(pauses.map((each) => each?.attempts)).toEqual([1, 2, 3, undefined]);
    expect(pauses[0]?.error).toContain('the disk is full');
  });

  it.each(['ENOSPC', 'EDQUOT', 'EROFS', 'EMFILE', 'ENFILE', 'EIO', 'EBUSY'])('repeats after %s', async (code) => {
    const error = Object.assign(new Error(code), { code });
    expect(await retryPassingFaults(failing(1, error), { pause })).toBe('done');
  });

  it('throws every other error at once', async () => {
    for (const error of [new Error('a bug'), Object.assign(new Error('denied'), { code: 'EACCES' }), undefined, 7]) {
      expect(isPassingFault(error)).toBe(false);
      await expect(retryPassingFaults(failing(1, error), { pause })).rejects.toBe(error);
    }
    expect(isPassingFault(new ServiceRefused('a batch', 500, '{}'))).toBe(false);
    for (const status of [429, 503, 504]) expect(isPassingFault(new ServiceRefused('a', status, ''))).toBe(true);
  });

  it('stops waiting when it is interrupted', async () => {
    const stop = new AbortController();
    const waiting = retryPassingFaults(failing(1_000, full), {
      onPaused: () => stop.abort(new Error('interrupted')),
      signal: stop.signal,
    });
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('quotes the reason in the body of a rejected request, and the beginning of any other body', () => {
    expect(new ServiceRefused('a batch', 503, FULL_REPLY.body).message).toContain('because the disk is full');
    expect(new ServiceRefused('a batch', 502, '<html>').message).toContain('<html>');
  });
});
