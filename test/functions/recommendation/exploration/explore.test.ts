import { describe, expect, it } from 'vitest';
import { poolOf } from '../../../../functions/recommendation/exploration/exploration-pool.ts';
import { type Candidate, explore, randomSlate } from '../../../../functions/recommendation/exploration/explore.ts';

const REQUESTS = 20_000;
const slate = ['a', 'b', 'c'].map((titleId): Candidate => ({ titleId, score: 1, source: 'index' }));
const pool = ['u', 'v', 'w', 'x', 'y'];

/** How often each title stood at each position, with the propensity that was logged with it. */
function observed(draw: (requestId: string) => { titleId: string; position: number; propensity: number }[]) {
  const seen = new Map<string, { times: number; propensities: Set<number> }>();
  for (let request = 0; request < REQUESTS; request++) {
    for (const { titleId, position, propensity } of draw(`r-${request}`)) {
      const key = `${titleId}@${position}`;
      const entry = seen.get(key) ?? { times: 0, propensities: new Set() };
      entry.times++;
      entry.propensities.add(propensity);
      seen.set(key, entry);
    }
  }
  return [...seen.entries()];
}

/** 4.5 standard errors: wrong by chance for fewer than one in 100,000 of the cells. */
const tolerance = (p: number) => 4.5 * Math.sqrt((p * (1 - p)) / REQUESTS);

describe('propensities', () => {
  it.each([0.1, 0.3, 0.8])('are the frequencies with which titles stand there, exploring %d of the places', (share) => {
    const cells = observed((requestId) => explore(slate, { share, pool: poolOf(pool), requestId }));
    expect(cells).toHaveLength(slate.length * (pool.length + 1));
    for (const [cell, { times, propensities }] of cells) {
      const [propensity = 0, ...others] = propensities;
      expect(others, cell).toEqual([]);
      expect(Math.abs(times / REQUESTS - propensity), cell).toBeLessThan(tolerance(propensity));
    }
  });

  it('are the frequencies also where most titles are refused, and hardly any attempt succeeds', () => {
    const rare = poolOf(
      Array.from({ length: 500 }, (_, i) => pool[i] ?? `refused-${i}`),
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

  it('of the random policy are its frequencies', () => {
    for (const [cell, { times, propensities }] of observed((requestId) => randomSlate(pool, 3, requestId))) {
      expect([...propensities], cell).toEqual([1 / pool.length]);
      expect(Math.abs(times / REQUESTS - 1 / pool.length), cell).toBeLessThan(tolerance(1 / pool.length));
    }
  });

  it('are 1 where there is too little to explore', () => {
    const items = explore(slate, { share: 0.5, pool: poolOf(['u', 'v']), requestId: 'r' });
    expect(items.map(({ titleId, propensity }) => [titleId, propensity])).toEqual([
      ['a', 1],
      ['b', 1],
      ['c', 1],
    ]);
  });
});
