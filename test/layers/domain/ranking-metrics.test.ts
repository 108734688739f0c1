import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coverage, hitRate, InvalidCutoff, ndcg, recall } from '#domain/models/compute-ranking-metrics.ts';

const ids = fc.uniqueArray(fc.integer({ min: 0, max: 30 }).map(String), { maxLength: 20 });
const cutoff = fc.integer({ min: 1, max: 25 });
const world = fc.record({ ranked: ids, relevant: ids.map((all) => new Set(all)), k: cutoff });

/** Returns the NDCG at k: the discounted gain, summed position by position, divided by that of the ideal order. */
function naiveNdcg(ranked: readonly string[], relevant: ReadonlySet<string>, k: number): number {
  const gain = (order: readonly string[]) => {
    let sum = 0;
    for (let i = 0; i < Math.min(k, order.length); i++) {
      if (relevant.has(order[i] as string)) sum += Math.log(2) / Math.log(i + 2);
    }
    return sum;
  };
  return relevant.size === 0 ? 0 : gain(ranked) / gain([...relevant]);
}

describe('ndcg', () => {
  it('equals a calculation by hand', () => {
    const hits = 1 / Math.log2(2) + 1 / Math.log2(4);
    expect(ndcg(['a', 'x', 'b', 'y'], new Set(['a', 'b']), 3)).toBeCloseTo(hits / (1 + 1 / Math.log2(3)), 12);
  });

  it('equals the gain divided by that of the ideal order, for any ranking', () => {
    fc.assert(
      fc.property(world, ({ ranked, relevant, k }) => {
        expect(ndcg(ranked, relevant, k)).toBeCloseTo(naiveNdcg(ranked, relevant, k), 12);
      }),
    );
  });
});

describe('hit rate and recall', () => {
  it('count the relevant items among the first k', () => {
    fc.assert(
      fc.property(world, ({ ranked, relevant, k }) => {
        let hits = 0;
        for (let i = 0; i < k; i++) if (relevant.has(ranked[i] ?? '')) hits++;
        expect(recall(ranked, relevant, k)).toBe(relevant.size === 0 ? 0 : hits / relevant.size);
        expect(hitRate(ranked, relevant, k)).toBe(hits > 0 ? 1 : 0);
      }),
    );
  });
});

describe('coverage', () => {
  it('is the share of the catalogue in the first k positions of all rankings', () => {
    expect(coverage([['a', 'b', 'z'], ['a', 'c'], []], 10, 2)).toBe(0.3);
    expect(coverage([], 0, 5)).toBe(0);
  });
});

describe('a cutoff', () => {
  it.each([0, -1, 1.5, Number.NaN])('of %d is rejected', (k) => {
    for (const metric of [ndcg, hitRate, recall]) {
      expect(() => metric(['a'], new Set(['a']), k)).toThrow(InvalidCutoff);
    }
    expect(() => coverage([['a']], 1, k)).toThrow('integer of 1 or more');
  });
});
