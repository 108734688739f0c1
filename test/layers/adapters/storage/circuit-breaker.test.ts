import { describe, expect, it } from 'vitest';
import { breaker, CircuitOpen } from '#adapters/cache/circuit-breaker.ts';

const [FAILURES, REST_MS] = [3, 1_000];

function world() {
  const state = { now: 0, works: true, calls: 0 };
  const guarded = breaker({ failures: FAILURES, restMs: REST_MS, now: () => state.now });
  const call = () =>
    guarded(async () => {
      state.calls++;
      await Promise.resolve();
      if (!state.works) throw new Error('dead');
      return 'alive';
    });
  return { state, call };
}

describe('a circuit breaker', () => {
  it('opens after three consecutive failures and then rejects calls without running them', async () => {
    const { state, call } = world();
    state.works = false;
    for (let i = 0; i < FAILURES; i++) await expect(call()).rejects.toThrow('dead');
    for (let i = 0; i < 100; i++) await expect(call()).rejects.toThrow(CircuitOpen);
    expect(state.calls).toBe(FAILURES);
  });

  it('counts only consecutive failures', async () => {
    const { state, call } = world();
    for (let i = 0; i < 5 * FAILURES; i++) {
      state.works = i % FAILURES === 0;
      await call().catch(() => undefined);
    }
    expect(state.calls).toBe(5 * FAILURES);
  });

  it('lets one trial call through after the pause, and opens again if the trial fails', async () => {
    const { state, call } = world();
    state.works = false;
    for (let i = 0; i < FAILURES; i++) await call().catch(() => undefined);
    state.now = REST_MS;
    const results = await Promise.allSettled([call(), call(), call()]);
    expect(state.calls).toBe(FAILURES + 1);
    expect(results.map((result) => (result as PromiseRejectedResult).reason.message)[0]).toBe('dead');
    state.now = 2 * REST_MS - 1;
    await expect(call()).rejects.toThrow(CircuitOpen);
  });

  it('closes after a successful trial call', async () => {
    const { state, call } = world();
    state.works = false;
    for (let i = 0; i < FAILURES; i++) await call().catch(() => undefined);
    [state.now, state.works] = [REST_MS, true];
    expect(await call()).toBe('alive');
    expect(await Promise.all([call(), call()])).toEqual(['alive', 'alive']);
  });
});
