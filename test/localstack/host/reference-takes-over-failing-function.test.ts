import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  type FunctionStatus,
  superviseFunction,
} from '../../../localstack/embedded/host/learner-code/fall-back-to-reference.ts';
import type {
  BatchEnd,
  BatchLimits,
  CallEnd,
  ContainedFunction,
} from '../../../localstack/embedded/host/learner-code/function-in-own-process-types.ts';

/** What a call does: it returns, throws, or ends the process (by hanging, or without a trace). */
type Behaviour = 'ok' | 'nonsense' | 'throw' | 'hang' | 'kill';

/** A contained function whose argument is what the call does, with processes that end like real ones. */
function fake({ onCall = async () => {} }: { onCall?: (limits: BatchLimits) => Promise<void> } = {}) {
  const batches: number[] = [];
  const dispose = vi.fn();
  const contained: ContainedFunction = {
    call: async (batch, limits): Promise<BatchEnd> => {
      batches.push(batch.length);
      await onCall(limits);
      const does = batch.map(([behaviour]) => behaviour as Behaviour);
      const last = does.findIndex((each) => each === 'hang' || each === 'kill');
      const calls = does.map((each, i): CallEnd => {
        if (last >= 0 && i > last) return { kind: 'unfinished', isSuspect: does[last] === 'kill' && !limits.singly };
        if (each === 'kill' && !limits.singly) return { kind: 'unfinished', isSuspect: true };
        if (each === 'ok' || each === 'nonsense') return { kind: 'returned', value: each };
        return { kind: 'failed', reason: each };
      });
      return { calls, ...(last >= 0 && { ended: does[last] }) };
    },
    [Symbol.dispose]: dispose,
  };
  return { contained, batches, dispose };
}

const parse = (value: unknown) => (value === 'ok' ? { value: 'ok' } : { failure: `returned ${value}` });

function supervise(contained: ContainedFunction) {
  const statuses: FunctionStatus[] = [];
  const supervised = superviseFunction({ name: 'f', contained, parse, onStatus: (each) => statuses.push(each) });
  const call = async (...does: Behaviour[]) => {
    const results = await supervised.call(does.map((each) => [each]));
    return results.map((each) => each && ('value' in each ? each.value : `failed: ${each.failure}`));
  };
  return { supervised, statuses, call };
}

describe('a supervised function', () => {
  it('fails only the calls that throw, hang, end the process or return nonsense', async () => {
    const { contained } = fake();
    const { call, supervised } = supervise(contained);
    expect(await call('ok', 'throw', 'ok', 'nonsense', 'ok')).toEqual([
      ...['ok', 'failed: throw', 'ok', 'failed: returned nonsense', 'ok'],
    ]);
    expect(await call('ok', 'hang', 'ok')).toEqual(['ok', 'failed: hang', 'ok']);
    // One process ended at the hang. Two end at the kill: the first of them does not show which call it was.
    expect(await call('ok', 'kill', 'ok')).toEqual(['ok', 'failed: kill', undefined]);
    expect(supervised.isInUse()).toBe(false);
  });

  it('leaves the rest of a batch to the reference after the third ended process', async () => {
    const { contained, batches } = fake();
    const { call, statuses } = supervise(contained);
    expect(await call('hang', 'ok', 'hang', 'hang', 'ok', 'hang', 'throw')).toEqual([
      ...['failed: hang', 'ok', 'failed: hang', 'failed: hang', undefined, undefined, undefined],
    ]);
    expect(statuses.at(-1)).toMatchObject({ runs: 'reference', endedProcesses: 3, lastFailure: 'hang' });
    expect(await call('ok')).toEqual([undefined]);
    expect(batches).toHaveLength(3);
  });

  it('lets the reference take over after 500 failed calls in a row', async () => {
    const { contained } = fake();
    const { call, supervised, statuses } = supervise(contained);
    await call(...Array<Behaviour>(499).fill('throw'), 'ok');
    await call(...Array<Behaviour>(499).fill('nonsense'));
    expect(supervised.isInUse()).toBe(true);
    await call('throw', 'ok');
    expect(supervised.isInUse()).toBe(false);
    expect(statuses.at(-1)).toMatchObject({ runs: 'reference', failedCalls: 999, endedProcesses: 0 });
  });

  it('reports the first failure and the takeover at once, and not each of 500 failures', async () => {
    const { contained } = fake();
    const { call, statuses } = supervise(contained);
    await call(...Array<Behaviour>(600).fill('throw'));
    expect(statuses.length).toBeLessThan(10);
    expect(statuses[0]).toMatchObject({ failedCalls: 1, lastFailure: 'throw', runs: 'learner' });
    expect(statuses.at(-1)?.runs).toBe('reference');
  });

  it('gives each call exactly one result, the right one or the reference’s, whatever the calls do', async () => {
    const behaviours = fc.array(fc.constantFrom<Behaviour>('ok', 'ok', 'ok', 'nonsense', 'throw', 'hang', 'kill'));
    await fc.assert(
      fc.asyncProperty(fc.array(behaviours, { maxLength: 6 }), async (batches) => {
        const { contained } = fake();
        const { call } = supervise(contained);
        const results = await Promise.all(batches.map((does) => call(...does)));
        for (const [i, does] of batches.entries()) {
          expect(results[i]).toHaveLength(does.length);
          for (const [n, each] of does.entries()) {
            const failed = each === 'nonsense' ? 'failed: returned nonsense' : `failed: ${each}`;
            expect([undefined, each === 'ok' ? 'ok' : failed]).toContain(results[i]?.[n]);
          }
        }
      }),
    );
  });

  it('leaves a batch to the reference that waited too long for its turn', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
    try {
      const { contained, batches } = fake({ onCall: async () => void vi.advanceTimersByTime(6_000) });
      const { call } = supervise(contained);
      expect(await Promise.all([call('ok'), call('ok')])).toEqual([['ok'], [undefined]]);
      expect(batches).toEqual([1]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('lets a batch in progress end when it is replaced, and counts nothing after that', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { contained, dispose } = fake({ onCall: () => held });
    const { call, supervised } = supervise(contained);
    const results = call('ok', 'ok');
    await Promise.resolve();
    supervised[Symbol.dispose]();
    expect(dispose).not.toHaveBeenCalled();
    release();
    expect(await results).toEqual(['ok', 'ok']);
    await vi.waitFor(() => expect(dispose).toHaveBeenCalledOnce());
    expect(await call('ok')).toEqual([undefined]);
  });
});
