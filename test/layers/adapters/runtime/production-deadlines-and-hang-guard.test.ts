import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { hangGuard } from '#adapters/deadlines/hang-guard-for-simulated-runs.ts';
import { realDeadlines } from '#adapters/deadlines/real-time-deadlines.ts';
import { MINUTE, SECOND } from '#domain/core/time.ts';
import { deadlinesContract } from '../../contract-tests/deadlines-port.ts';

deadlinesContract('production’s deadlines', realDeadlines);
deadlinesContract('the hang guard’s deadlines', () => hangGuard(1));

const never = () => new Promise<never>(() => {});
const taking = (milliseconds: number) => () =>
  new Promise<string>((resolve) => setTimeout(() => resolve('done'), milliseconds));

describe('with a simulated clock', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  describe('production’s deadlines', () => {
    it('count the time that earlier stages took', async () => {
      const deadline = realDeadlines().start(100);
      const first = deadline.run('profile', 90, taking(80));
      await vi.advanceTimersByTimeAsync(80);
      expect(await first).toBe('done');
      expect(deadline.remaining()).toBe(20);
      const second = expect(deadline.run('rank', 90, never)).rejects.toThrow('rank took more than 20 ms');
      await vi.advanceTimersByTimeAsync(20);
      await second;
      await expect(deadline.run('popular', 90, never)).rejects.toThrow('the work before popular');
    });
  });

  describe('the hang guard', () => {
    it('lets each stage take 30 s, regardless of its limit and of earlier stages', async () => {
      const guard = hangGuard();
      const deadline = guard.start(500);
      for (const stage of ['profile', 'rank', 'popular']) {
        const running = deadline.run(stage, 150, taking(29 * SECOND));
        await vi.advanceTimersByTimeAsync(29 * SECOND);
        expect(await running).toBe('done');
      }
      expect(guard.fired).toBe(0);
      expect(() => guard.check()).not.toThrow();
    });

    it('lets long work take ten times its production limit', async () => {
      const running = hangGuard()
        .start(10 * MINUTE)
        .run('build-features', 10 * MINUTE, taking(99 * MINUTE));
      await vi.advanceTimersByTimeAsync(99 * MINUTE);
      expect(await running).toBe('done');
    });

    it('counts a request once even if several of its stages hang, and then reports that the run has no valid result', async () => {
      const guard = hangGuard();
      for (const request of [guard.start(500), guard.start(500)]) {
        const hanging = Promise.allSettled([request.run('rank', 150, never), request.run('cache', 50, never)]);
        await vi.advanceTimersByTimeAsync(30 * SECOND);
        for (const { status } of await hanging) expect(status).toBe('rejected');
      }
      expect(guard.fired).toBe(2);
      expect(() => guard.check()).toThrow('the simulated run has no valid result');
    });
  });
});
