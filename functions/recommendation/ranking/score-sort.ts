/** More candidates than there ever are. */
const PLACES = 2 ** 16;
const SIGN = 2 ** 31;
const GREATEST = SIGN - 1;
const LAST = 2 ** 32;

/**
 * The places of `scores`, greatest first; equal ones by `before`. What is not a number comes last.
 *
 * A comparison function called two thousand times is what sorting a ranking costs. So score and place become one number that
 * the engine sorts by itself: the bits of a float32 are in its order once the sign is turned over.
 *
 * @param before whether the first place's title goes before the other's
 */
export function bestFirst(scores: Float32Array, before: (a: number, b: number) => boolean): Uint32Array {
  const bits = new Uint32Array(scores.buffer, scores.byteOffset, scores.length);
  const keys = new Float64Array(scores.length);
  for (let place = 0; place < keys.length; place++) {
    const word = bits[place] as number;
    // Of the negative ones the greatest has the least bits; -0 equals 0.
    const descending = word > SIGN ? word : GREATEST - (word === SIGN ? 0 : word);
    keys[place] = (Number.isNaN(scores[place]) ? LAST : descending) * PLACES + place;
  }
  keys.sort();
  const order = new Uint32Array(keys.length);
  for (let i = 0; i < order.length; i++) order[i] = (keys[i] as number) % PLACES;
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && sameScore(keys, from, to)) to++;
    if (to - from > 1) order.subarray(from, to).sort((a, b) => (before(a, b) ? -1 : 1));
    from = to;
  }
  return order;
}

const sameScore = (keys: Float64Array, a: number, b: number) =>
  Math.floor((keys[a] as number) / PLACES) === Math.floor((keys[b] as number) / PLACES);
