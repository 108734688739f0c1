import { describe, expect, it } from 'vitest';
import { budgetOf, LIMITS } from '../../../functions/recommendation/budget.ts';

const limits = { request: 100, stages: { ...LIMITS.stages, rank: 20, retrieve: 90 } };
const never = () => new Promise<never>(() => {});

describe('a request’s budget', () => {
  it('gives a stage no more than its limit', async () => {
    await expect(budgetOf(limits)('rank', never)).rejects.toMatchObject({
      code: 'BRICK_DEADLINE_PASSED',
      retryable: true,
      message: expect.stringContaining('rank took more than 20 ms'),
    });
  });

  it('gives a stage no more than what is left', async () => {
    const late = budgetOf(limits, () => 95);
    await expect(late('retrieve', never, 'index')).rejects.toThrow('index took more than 5 ms');
  });

  it('does not begin a stage when nothing is left', async () => {
    let begun = false;
    const spent = budgetOf(limits, () => 100);
    const work = async () => {
      begun = true;
    };
    await expect(spent('rank', work)).rejects.toThrow('what came before rank took more than 100 ms');
    expect(begun).toBe(false);
  });

  it('hands on what a stage gives in time, and what it throws', async () => {
    expect(await budgetOf()('rank', async () => 7)).toBe(7);
    await expect(budgetOf()('rank', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  });
});
