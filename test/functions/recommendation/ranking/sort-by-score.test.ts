import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scoreSort } from '../../../../functions/recommendation/ranking/order-indexes-by-score.ts';

const naive = (scores: Float32Array, before: (a: number, b: number) => boolean) =>
  [...scores.keys()].sort((a, b) => {
    const [mine, other] = [scores[a] as number, scores[b] as number];
    if (Number.isNaN(mine) !== Number.isNaN(other)) return Number.isNaN(mine) ? 1 : -1;
    return other - mine || (before(a, b) ? -1 : 1);
  });
/** Generates one of five constants or an arbitrary number. The constants make many scores equal. */
const score = fc.oneof(fc.constantFrom(0, -0, 1, -1, 0.5), fc.float());
const scores = fc.array(score, { maxLength: 300 }).map((values) => Float32Array.from(values));
const lastFirst = (a: number, b: number) => a > b;

describe('scoreSort', () => {
  it('equals a sort by comparison', () => {
    fc.assert(
      fc.property(scores, (values) => {
        expect([...scoreSort(values, lastFirst)]).toEqual(naive(values, lastFirst));
      }),
    );
  });

  it('sorts a part of a longer array', () => {
    const part = Float32Array.of(9, 1, 3, 2, 9).subarray(1, 4);
    expect([...scoreSort(part, lastFirst)]).toEqual([1, 2, 0]);
  });
});
