/** Properties of a title that re-ranking reads. */
export interface Look {
  /** Any unit: only differences within a slate's candidates matter. Titles whose score is NaN come last. */
  readonly score: number;
  /** First genre; empty if it has none. */
  readonly genre: string;
  /** Item vector. A title without a vector is similar to no other title. */
  readonly vector?: Float32Array | undefined;
}

/** Index that means no title. */
export const NONE = -1;
/** Value of a title without a score, before its similarity: less than the value of any title with a score. */
const NO_SCORE = -2;
/** Number of partial sums that `dot` computes independently. */
const LANES = 4;

/**
 * Returns the titles that compete for the next slot, by index in `looks`, and finds the most valuable one by maximal
 * marginal relevance (MMR). It compares a title with the slate only as far as needed: the comparisons so far give an
 * upper bound of the title's value. A title whose bound does not exceed the best value needs no more comparisons.
 */
export function mmrWindow(looks: readonly Look[], lambda: number) {
  const cosine = cosines(looks);
  /** λ · relevance. */
  const worth = relevanceOf(looks).map((relevance) => (Number.isNaN(relevance) ? NO_SCORE : lambda * relevance));
  /** Maximum similarity to the first `compared` titles of the slate. It can only grow. */
  const [similarity, compared] = [new Float64Array(looks.length), new Uint32Array(looks.length)];
  const slate: number[] = [];
  const left = Array.from(looks.keys());
  const value = (index: number) => (worth[index] as number) - (1 - lambda) * (similarity[index] as number);
  /**
   * Compares a title with the slate until its value is exact or not above `bound`. Returns whether the exact value
   * exceeds `bound`.
   */
  const exceeds = (index: number, bound: number): boolean => {
    while (value(index) > bound) {
      const next = compared[index] as number;
      if (next === slate.length) return true;
      similarity[index] = Math.max(similarity[index] as number, cosine(index, slate[next] as number));
      compared[index] = next + 1;
    }
    return false;
  };
  return {
    /** Returns the first of the most valuable titles whose genre is allowed, or NONE. */
    best(allows: (genre: string) => boolean): number {
      let [best, most] = [NONE, Number.NEGATIVE_INFINITY];
      for (const index of left) {
        if (value(index) <= most || !allows((looks[index] as Look).genre) || !exceeds(index, most)) continue;
        [best, most] = [index, value(index)];
      }
      return best;
    },
    /** Moves a title into the slate. @returns its genre */
    take(index: number): string {
      left.splice(left.indexOf(index), 1);
      slate.push(index);
      return (looks[index] as Look).genre;
    },
  };
}

/**
 * Returns the scores, scaled so that the smallest is 0 and the largest is 1. Infinite scores do not change the scale; NaN stays
 * NaN.
 */
function relevanceOf(looks: readonly Look[]): Float64Array {
  const relevance = new Float64Array(looks.length);
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { score } of looks) {
    if (!Number.isFinite(score)) continue;
    least = Math.min(least, score);
    greatest = Math.max(greatest, score);
  }
  for (let index = 0; index < looks.length; index++) {
    const { score } = looks[index] as Look;
    if (Number.isFinite(score)) relevance[index] = (score - least) / (greatest - least || 1);
    else relevance[index] = Number.isNaN(score) ? score : Number(score > 0);
  }
  return relevance;
}

/** Returns the cosine of two titles by index; 0 if one has no vector, or a vector whose length is 0 or not finite. */
function cosines(looks: readonly Look[]): (a: number, b: number) => number {
  const squares = new Float64Array(looks.length).fill(Number.NaN);
  const square = (index: number, vector: Float32Array) => {
    if (Number.isNaN(squares[index])) squares[index] = dot(vector, vector);
    return squares[index] as number;
  };
  return (a, b) => {
    const [one, other] = [looks[a]?.vector, looks[b]?.vector];
    if (!one || !other) return 0;
    const both = square(a, one) * square(b, other);
    return both > 0 && both < Number.POSITIVE_INFINITY ? dot(one, other) / Math.sqrt(both) : 0;
  };
}

/** Computes an inner product as four independent sums, so that an addition need not wait for the previous one. */
function dot(a: Float32Array, b: Float32Array): number {
  const at = (i: number) => (a[i] as number) * (b[i] as number);
  const multiple = a.length - (a.length % LANES);
  let [first, second, third, fourth] = [0, 0, 0, 0];
  for (let i = 0; i < multiple; i += LANES) {
    first += at(i);
    second += at(i + 1);
    third += at(i + 2);
    fourth += at(i + 3);
  }
  for (let i = multiple; i < a.length; i++) first += at(i);
  return first + second + (third + fourth);
}
