import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { hangGuard } from '#adapters/deadlines/hang-guard-for-simulated-runs.ts';
import { realDeadlines } from '#adapters/deadlines/real-time-deadlines.ts';
import { LIMITS, stageDeadlines } from '../../../../functions/recommendation/resilience/stage-deadlines.ts';

const limits = { request: 100, stages: { ...LIMITS.stages, rank: 20, retrieve: 90 } };
/** Returns the budget of a request that started this many milliseconds ago. */
function budgetAfter(milliseconds: number) {
  let now = 0;
  const budget = stageDeadlines(realDeadlines(() => now).start(limits.request), limits);
  now = milliseconds;
  return budget;
}
const never = () => new Promise<never>(() => {});

describe('a request’s budget', () => {
  it('ends a stage at its limit', async () => {
    await expect(budgetAfter(0)('rank', never)).rejects.toMatchObject({
      code: 'BRICK_DEADLINE_PASSED',
      retryable: true,
      message: expect.stringContaining('rank took more than 20 ms'),
    });
  });

  it('ends a stage when the request’s time is used up', async () => {
    const late = budgetAfter(95);
    await expect(late('retrieve', never, 'index')).rejects.toThrow('index took more than 5 ms');
  });

  it('does not start a stage if no time is left', async () => {
    let started = false;
    const spent = budgetAfter(100);
    const work = async () => {
      started = true;
    };
    await expect(spent('rank', work)).rejects.toThrow('the work before rank took more than 100 ms');
    expect(started).toBe(false);
  });

  it('returns the result of a stage, or throws its error', async () => {
    expect(await budgetAfter(0)('rank', async () => 7)).toBe(7);
    await expect(budgetAfter(0)('rank', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  });

  it('never runs out in a simulated run, regardless of how long a stage takes', async () => {
    const guard = hangGuard();
    const budget = stageDeadlines(guard.start(limits.request), limits);
    const slow = () => sleep(3 * limits.stages.rank, 'ranked');
    expect(await Promise.all([budget('rank', slow), budget('retrieve', slow), budget('rank', slow)])).toEqual([
      'ranked',
      'ranked',
      'ranked',
    ]);
    expect(guard.fired).toBe(0);
  });
});
