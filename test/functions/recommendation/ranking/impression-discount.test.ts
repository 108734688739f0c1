import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DISCOUNT, discounted } from '../../../../functions/recommendation/ranking/impression-discount.ts';

const aRanking = fc
  .array(fc.double({ min: -10, max: 10, noNaN: true }), { maxLength: 30 })
  .map((scores) =>
    scores.sort((a, b) => b - a).map((score, i) => ({ titleId: `t-${i}`, score, source: 'index' as const, row: i })),
  );
const someTitles = fc.array(fc.nat(40).map((i) => `t-${i}`)).map((titleIds) => new Set(titleIds));

describe('impression discounting', () => {
  it('lowers the score of skipped titles by the same amount, keeps the others, and sorts by the result', () => {
    fc.assert(
      fc.property(aRanking, someTitles, (ranked, skipped) => {
        const after = discounted(ranked, skipped);
        const expected = ranked.map((title) => ({
          ...title,
          score: title.score - (skipped.has(title.titleId) ? DISCOUNT : 0),
        }));
        expect(after).toHaveLength(ranked.length);
        expect(after).toEqual(expect.arrayContaining(expected));
        const scores = after.map(({ score }) => score);
        expect(scores).toEqual([...scores].sort((a, b) => b - a));
      }),
    );
  });

  it('changes nothing if no title of the ranking was skipped', () => {
    const ranked = [{ titleId: 't-1', score: 1, source: 'index' as const }];
    expect(discounted(ranked, new Set(['t-2']))).toBe(ranked);
  });
});
