import { describe, expect, it } from 'vitest';
import { breaker, CircuitOpen } from '#adapters/cache/breaker.ts';

const [FAILURES, REST_MS] = [3, 1_000];

function world() {
  const state = { now: 0, works: true, asked: 0 };
  const guarded = breaker({ failures: FAILURES, restMs: REST_MS, now: () => state.now });
  const ask = () =>
    guarded(async () => {
      state.asked++;
      await Promise.resolve();
      if (!state.works) throw new Error('dead');
      return 'alive';
    });
  return { state, ask };
}

describe('a circuit breaker', () => {
  it('lets failures through until they are too many in a row, then refuses without asking', async () => {
    const { state, ask } = world();
    state.works = false;
    for (let i = 0; i < FAILURES; i++) await expect(ask()).rejects.toThrow('dead');
    for (let i = 0; i < 100; i++) await expect(ask()).rejects.toThrow(CircuitOpen);
    expect(state.asked).toBe(FAILURES);
  });

  it('counts only failures in a row', async () => {
    const { state, ask } = world();
    for (let i = 0; i < 5 * FAILURES; i++) {
      state.works = i % FAILURES === 0;
      await ask().catch(() => undefined);
    }
    expect(state.asked).toBe(5 * FAILURES);
  });

  it('lets one try after the rest, and is open again where that fails', async () => {
    const { state, ask } = world();
    state.works = false;
    for (let i = 0; i < FAILURES; i++) await ask().catch(() => undefined);
    state.now = REST_MS;
    const answers = await Promise.allSettled([ask(), ask(), ask()]);
    expect(state.asked).toBe(FAILURES + 1);
    expect(answers.map((answer) => (answer as PromiseRejectedResult).reason.message)[0]).toBe('dead');
    state.now = 2 * REST_MS - 1;
    await expect(ask()).rejects.toThrow(CircuitOpen);
  });

  it('is as before once it works again', async () => {
    const { state, ask } = world();
    state.works = false;
    for (let i = 0; i < FAILURES; i++) await ask().catch(() => undefined);
    [state.now, state.works] = [REST_MS, true];
    expect(await ask()).toBe('alive');
    expect(await Promise.all([ask(), ask()])).toEqual(['alive', 'alive']);
  });
});
