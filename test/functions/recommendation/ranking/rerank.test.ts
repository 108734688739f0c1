import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Look, rerank } from '../../../../functions/recommendation/ranking/rerank.ts';

interface Title extends Look {
  readonly id: number;
}
const lookOf = (title: Title): Look => title;
const vector = fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 });
const ranked = fc
  .array(
    fc.record({ score: fc.float({ min: -5, max: 5, noNaN: true }), genre: fc.constantFrom('a', 'b', ''), vector }),
    {
      maxLength: 40,
    },
  )
  .map((titles) =>
    titles
      .sort((a, b) => b.score - a.score)
      .map((title, id): Title => ({ ...title, id, vector: Float32Array.from(title.vector) })),
  );
const k = fc.integer({ min: 1, max: 20 });
const lambdas = fc.double({ min: 0, max: 1, noNaN: true });
const axis = Float32Array.of(1, 0, 0);
const idsOf = (titles: readonly Title[]) => titles.map(({ id }) => id);

describe('rerank', () => {
  it('does not change its input, and does not depend on the scale of the scores', () => {
    const vectors = [Float32Array.of(1, 0), Float32Array.of(1, 0.1), Float32Array.of(0, 1)];
    const titles = vectors.map((one, id): Title => ({ id, score: 3 - 0.1 * id, genre: '', vector: one }));
    const scaled = titles.map((title) => ({ ...title, score: 1_000 * title.score }));
    const before = structuredClone(titles);
    expect(idsOf(rerank(titles, 2, lookOf, 0.5))).toEqual([0, 2]);
    expect(idsOf(rerank(scaled, 2, lookOf, 0.5))).toEqual([0, 2]);
    expect(titles).toEqual(before);
  });

  it('returns as many titles as there are, up to k, each once', () => {
    fc.assert(
      fc.property(ranked, k, lambdas, (titles, most, lambda) => {
        const slate = idsOf(rerank(titles, most, lookOf, lambda));
        expect(slate).toHaveLength(Math.min(most, titles.length));
        expect(new Set(slate).size).toBe(slate.length);
        expect(slate.every((id) => id < titles.length)).toBe(true);
      }),
    );
  });

  it('keeps the ranker’s order if lambda is 1 and no genre is capped', () => {
    fc.assert(
      fc.property(ranked, k, (titles, most) => {
        const plain = titles.map((title) => ({ ...title, genre: '' }));
        const scores = rerank(plain, most, lookOf, 1).map(({ score }) => score);
        expect(scores).toEqual(plain.slice(0, most).map(({ score }) => score));
      }),
    );
  });

  it('always puts the best title first', () => {
    fc.assert(
      fc.property(ranked, k, (titles, most) => {
        fc.pre(titles.length > 0);
        expect(rerank(titles, most, lookOf)[0]?.score).toBe(titles[0]?.score);
      }),
    );
  });

  it('equals a naive implementation of the formula', () => {
    fc.assert(
      fc.property(ranked, fc.integer({ min: 20, max: 40 }), (titles, most) => {
        const plain = titles.map((title) => ({ ...title, genre: '' }));
        expect(idsOf(rerank(plain, most, lookOf, 0.7))).toEqual(idsOf(naive(plain, most, 0.7)));
      }),
    );
  });

  it('prefers a different title to one that is similar to a title above', () => {
    const twin = Float32Array.of(1, 0);
    const titles: Title[] = [
      { id: 0, score: 1, genre: 'a', vector: twin },
      { id: 1, score: 0.99, genre: 'b', vector: twin },
      { id: 2, score: 0.98, genre: 'c', vector: Float32Array.of(0, 1) },
      { id: 3, score: 0, genre: 'd', vector: twin },
    ];
    expect(idsOf(rerank(titles, 3, lookOf, 0.9))).toEqual([0, 2, 1]);
  });

  it('limits a genre to three slots in a row and 70 % of the slate, while there are others', () => {
    const titles = Array.from({ length: 40 }, (_, id): Title => ({ id, score: -id, genre: id < 20 ? 'a' : `g${id}` }));
    const genres = rerank(titles, 10, lookOf).map(({ genre }) => genre);
    expect(genres.slice(0, 3)).toEqual(['a', 'a', 'a']);
    expect(genres[3]).not.toBe('a');
    expect(genres.filter((genre) => genre === 'a').length).toBeLessThanOrEqual(7);
  });

  it('puts titles whose score is NaN last, and does not let them change the order of the others', () => {
    fc.assert(
      fc.property(ranked, fc.array(fc.nat(40), { maxLength: 8 }), k, lambdas, (titles, gaps, most, l) => {
        const plain = titles.map((title) => ({ ...title, genre: '' }));
        const mixed = [...plain];
        gaps.forEach((at, i) => void mixed.splice(at, 0, { id: 100 + i, score: Number.NaN, genre: '', vector: axis }));
        const slate = rerank(mixed, most, lookOf, l);
        const scored = slate.filter(({ score }) => !Number.isNaN(score));
        expect(slate).toHaveLength(Math.min(most, mixed.length));
        expect(slate.slice(0, scored.length)).toEqual(scored);
        expect(idsOf(scored)).toEqual(idsOf(rerank(plain, most, lookOf, l)));
      }),
    );
  });

  it('shows titles without a score if the genre caps exclude all others, and if there are no others', () => {
    const missing = (id: number, genre: string): Title => ({ id, score: Number.NaN, genre });
    const titles = Array.from({ length: 5 }, (_, id): Title => ({ id, score: -id, genre: 'a' }));
    expect(idsOf(rerank([missing(8, 'b'), ...titles], 5, lookOf))).toEqual([0, 1, 2, 8, 3]);
    expect(idsOf(rerank([missing(0, 'a'), missing(1, 'a')], 5, lookOf))).toEqual([0, 1]);
  });

  it('treats infinite scores as the greatest and the smallest', () => {
    const scores = [Number.POSITIVE_INFINITY, 2, 1, Number.NEGATIVE_INFINITY];
    const titles = scores.map((score, id): Title => ({ id, score, genre: '' }));
    expect(idsOf(rerank(titles, 4, lookOf))).toEqual([0, 1, 2, 3]);
    expect(idsOf(rerank(titles.slice(3), 4, lookOf))).toEqual([3]);
    expect(idsOf(rerank(titles.slice(0, 1), 4, lookOf))).toEqual([0]);
  });

  it('treats a title with a broken vector as similar to no other', () => {
    const vectors = [
      Float32Array.of(1, 0),
      Float32Array.of(Number.NaN, 1),
      Float32Array.of(Number.POSITIVE_INFINITY, 0),
    ];
    const titles = vectors.map((one, id): Title => ({ id, score: -id, genre: '', vector: one }));
    expect(idsOf(rerank(titles, 3, lookOf))).toEqual([0, 1, 2]);
  });

  it('fills the slate from one genre if there is no other', () => {
    const titles = Array.from({ length: 12 }, (_, id): Title => ({ id, score: -id, genre: 'a' }));
    expect(idsOf(rerank(titles, 10, lookOf))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

/** Reranks naively: computes the values of all remaining titles again for each slot, without a window. */
function naive(titles: readonly Title[], most: number, lambda: number): Title[] {
  const [least, greatest] = [
    Math.min(...titles.map(({ score }) => score)),
    Math.max(...titles.map(({ score }) => score)),
  ];
  const left = [...titles];
  const slate: Title[] = [];
  const valueIn = (title: Title) =>
    (lambda * (title.score - least)) / (greatest - least || 1) -
    (1 - lambda) * Math.max(0, ...slate.map((other) => cosine(title.vector, other.vector)));
  while (slate.length < most && left.length > 0) {
    const values = left.map(valueIn);
    slate.push(...left.splice(values.indexOf(Math.max(...values)), 1));
  }
  return slate;
}

function cosine(a: Float32Array = new Float32Array(), b: Float32Array = new Float32Array()): number {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0);
  return dot(a, a) * dot(b, b) === 0 ? 0 : dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
