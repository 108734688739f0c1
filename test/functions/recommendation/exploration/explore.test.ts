import { describe, expect, it } from 'vitest';
import { poolOf } from '#domain/experiments/build-exploration-pool-from-list.ts';
import { explore } from '../../../../functions/recommendation/exploration/explore.ts';
import { randomSlate } from '../../../../functions/recommendation/exploration/random-policy-slate.ts';
import type { Candidate } from '../../../../functions/recommendation/retrieval/candidate-types.ts';

const REQUESTS = 20_000;
const slate = ['a', 'b', 'c'].map((titleId): Candidate => ({ titleId, score: 1, source: 'index' }));
const pool = ['u', 'v', 'w', 'x', 'y'];

/** Counts how often each title was at each position, with the logged propensities. */
function observed(slateOf: (requestId: string) => { titleId: string; position: number; propensity: number }[]) {
  const seen = new Map<string, { times: number; propensities: Set<number> }>();
  for (let request = 0; request < REQUESTS; request++) {
    for (const { titleId, position, propensity } of slateOf(`r-${request}`)) {
      const key = `${titleId}@${position}`;
      const entry = seen.get(key) ?? { times: 0, propensities: new Set() };
      entry.times++;
      entry.propensities.add(propensity);
      seen.set(key, entry);
    }
  }
  return [...seen.entries()];
}

/** Returns 4.5 standard errors of a frequency. By chance, fewer than one cell in 100,000 deviates further. */
const tolerance = (p: number) => 4.5 * Math.sqrt((p * (1 - p)) / REQUESTS);

describe('explore', () => {
  const options = { share: 0.5, pool: poolOf(pool), requestId: 'r-7' };

  it('depends only on the request id', () => {
    expect(explore(slate, options)).toEqual(explore(slate, { ...options, pool: poolOf(pool) }));
    expect(explore(slate, options)).not.toEqual(explore(slate, { ...options, requestId: 'r-8' }));
  });

  it('replaces every title by a different one with score 0, if the share is 1', () => {
    const items = explore(slate, { ...options, share: 1 });
    expect(items.map(({ position, score, source, propensity }) => [position, score, source, propensity])).toEqual([
      [1, 0, 'exploration', 1 / 5],
      [2, 0, 'exploration', 1 / 5],
      [3, 0, 'exploration', 1 / 5],
    ]);
    expect(new Set(items.map(({ titleId }) => titleId)).size).toBe(3);
    expect(items.every(({ titleId }) => pool.includes(titleId))).toBe(true);
  });

  it('keeps the slate with propensity 1 if the share is 0', () => {
    const items = explore(slate, { ...options, share: 0 });
    expect(items).toEqual(slate.map((title, i) => ({ ...title, position: i + 1, propensity: 1 })));
  });
});

describe('propensities', () => {
  it.each([0.1, 0.3, 0.8])('equal the observed frequencies, if a share of %d of the positions explores', (share) => {
    const cells = observed((requestId) => explore(slate, { share, pool: poolOf(pool), requestId }));
    expect(cells).toHaveLength(slate.length * (pool.length + 1));
    for (const [cell, { times, propensities }] of cells) {
      const [propensity = 0, ...others] = propensities;
      expect(others, cell).toEqual([]);
      expect(Math.abs(times / REQUESTS - propensity), cell).toBeLessThan(tolerance(propensity));
    }
  });

  it('equal the observed frequencies if most titles are excluded, so that hardly any attempt succeeds', () => {
    const rare = poolOf(
      Array.from({ length: 500 }, (_, i) => pool[i] ?? `excluded-${i}`),
      (titleId) => pool.includes(titleId),
      { atMost: 500, exactly: () => 500 - pool.length },
    );
    for (const [cell, { times, propensities }] of observed((id) =>
      explore(slate, { share: 0.8, pool: rare, requestId: id }),
    )) {
      const [propensity = 0, ...others] = propensities;
      expect(others, cell).toEqual([]);
      expect(Math.abs(times / REQUESTS - propensity), cell).toBeLessThan(tolerance(propensity));
    }
  });

  it('of the random policy equal the observed frequencies', () => {
    for (const [cell, { times, propensities }] of observed((requestId) => randomSlate(pool, 3, requestId))) {
      expect([...propensities], cell).toEqual([1 / pool.length]);
      expect(Math.abs(times / REQUESTS - 1 / pool.length), cell).toBeLessThan(tolerance(1 / pool.length));
    }
  });

  it('are 1 if the pool is smaller than the slate', () => {
    const items = explore(slate, { share: 0.5, pool: poolOf(['u', 'v']), requestId: 'r' });
    expect(items.map(({ titleId, propensity }) => [titleId, propensity])).toEqual([
      ['a', 1],
      ['b', 1],
      ['c', 1],
    ]);
  });
});
