import { describe, expect, it } from 'vitest';
import { latencyBudget } from '../../../../functions/recommendation/resilience/latency-budget.ts';

const limits = { request: 500, stages: { profile: 300, cache: 50, rank: 150 } };

describe('latencyBudget', () => {
  it.each([
    [0, { profile: 300, cache: 50, rank: 150 }],
    [200, { profile: 300, cache: 50, rank: 150 }],
    [400, { profile: 100, cache: 50, rank: 100 }],
    [480, { profile: 20, cache: 20, rank: 20 }],
    [500, { profile: 0, cache: 0, rank: 0 }],
    [900, { profile: 0, cache: 0, rank: 0 }],
  ])('after %d of 500 ms, gives each stage its limit or what is left', (elapsed, budget) => {
    expect(latencyBudget(limits, elapsed)).toEqual(budget);
  });

  it('does not change the limits', () => {
    latencyBudget(limits, 480);
    expect(limits.stages).toEqual({ profile: 300, cache: 50, rank: 150 });
  });
});
