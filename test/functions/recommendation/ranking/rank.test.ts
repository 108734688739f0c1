import { describe, expect, it } from 'vitest';
import { rank, type Unranked } from '../../../../functions/recommendation/ranking/rank.ts';

const candidates = ['c', 'a', 'd', 'b'].map((titleId, i): Unranked => ({ titleId, source: 'index', row: 10 + i }));
/** Returns one feature per candidate: its row. */
const featuresOf = (list: readonly Unranked[]) => Float32Array.from(list, ({ row }) => row);
const scored =
  (...scores: number[]) =>
  async () =>
    Float32Array.from(scores);
const idsOf = (ranked: readonly { titleId: string }[]) => ranked.map(({ titleId }) => titleId);

describe('rank', () => {
  it('sorts by score, best first, and keeps each title’s row and source', async () => {
    expect(await rank(candidates, featuresOf, scored(1, 4, -2, 3))).toEqual([
      { titleId: 'a', score: 4, source: 'index', row: 11 },
      { titleId: 'b', score: 3, source: 'index', row: 13 },
      { titleId: 'c', score: 1, source: 'index', row: 10 },
      { titleId: 'd', score: -2, source: 'index', row: 12 },
    ]);
  });

  it('passes all candidates and their features to the model in one call', async () => {
    const calls: unknown[] = [];
    await rank(candidates, featuresOf, async (list, features) => {
      calls.push([idsOf(list), [...features]]);
      return new Float32Array(list.length);
    });
    expect(calls).toEqual([
      [
        ['c', 'a', 'd', 'b'],
        [10, 11, 12, 13],
      ],
    ]);
  });

  it('orders equal scores by id, regardless of the order of the candidates', async () => {
    const same = async (list: readonly Unranked[]) => new Float32Array(list.length);
    expect(idsOf(await rank(candidates, featuresOf, same))).toEqual(['a', 'b', 'c', 'd']);
    expect(idsOf(await rank(candidates.toReversed(), featuresOf, same))).toEqual(['a', 'b', 'c', 'd']);
  });

  it('puts titles whose score is NaN last', async () => {
    expect(idsOf(await rank(candidates, featuresOf, scored(1, Number.NaN, -9, 3)))).toEqual(['b', 'c', 'd', 'a']);
  });

  it('returns nothing for no candidates', async () => {
    expect(await rank([], featuresOf, scored())).toEqual([]);
  });
});
