/** Upper bound of the number of candidates. */
const MAX_CANDIDATES = 2 ** 16;
const SIGN = 2 ** 31;
const GREATEST = SIGN - 1;
/** Key of NaN: greater than the keys of all numbers, so it comes last. */
const LAST = 2 ** 32;

/**
 * Returns the indexes of `scores`, greatest score first. `before` orders equal scores; NaN comes last.
 *
 * A comparison function that is called two thousand times would dominate the cost of a ranking. Each score and its
 * index are therefore packed into one number, which the engine sorts natively: the bits of positive float32 numbers,
 * read as integers, have the same order as the numbers; those of negative numbers have the opposite order.
 *
 * @param before whether the title at the first index goes before the other
 */
export function scoreSort(scores: Float32Array, before: (a: number, b: number) => boolean): Uint32Array {
  const bits = new Uint32Array(scores.buffer, scores.byteOffset, scores.length);
  const keys = new Float64Array(scores.length);
  for (let index = 0; index < keys.length; index++) {
    const word = bits[index] as number;
    // Among negative numbers, the greatest has the smallest bits. -0 equals 0.
    const descending = word > SIGN ? word : GREATEST - (word === SIGN ? 0 : word);
    keys[index] = (Number.isNaN(scores[index]) ? LAST : descending) * MAX_CANDIDATES + index;
  }
  keys.sort();
  const order = new Uint32Array(keys.length);
  for (let i = 0; i < order.length; i++) order[i] = (keys[i] as number) % MAX_CANDIDATES;
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && sameScore(keys, from, to)) to++;
    if (to - from > 1) order.subarray(from, to).sort((a, b) => (before(a, b) ? -1 : 1));
    from = to;
  }
  return order;
}

const sameScore = (keys: Float64Array, a: number, b: number) =>
  Math.floor((keys[a] as number) / MAX_CANDIDATES) === Math.floor((keys[b] as number) / MAX_CANDIDATES);
