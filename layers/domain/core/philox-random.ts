const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;
const ROUNDS = 10;
const LOW = 0xffff;
const HALF = 16;
const WORDS = 4;
const TWO_32 = 2 ** 32;

/**
 * Returns the high 32 bits of the product of two unsigned 32-bit integers. It multiplies 16-bit halves, so that no
 * partial sum exceeds 2^32 − 1.
 */
function highProduct(a: number, b: number): number {
  const aLow = a & LOW;
  const aHigh = a >>> HALF;
  const bLow = b & LOW;
  const bHigh = b >>> HALF;
  const middle = (Math.imul(aHigh, bLow) >>> 0) + ((Math.imul(aLow, bLow) >>> 0) >>> HALF);
  const carry = (middle & LOW) + (Math.imul(aLow, bHigh) >>> 0);
  return (Math.imul(aHigh, bHigh) + (middle >>> HALF) + (carry >>> HALF)) >>> 0;
}

/**
 * Computes Philox4x32-10: four 32-bit random numbers that are a pure function of a counter and a key.
 *
 * Shape   counter: 4 words, key: 2 words, out: 4 words, all unsigned 32-bit
 * Source  Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3"; tested with Random123's vectors
 */
export function philox(c0: number, c1: number, c2: number, c3: number, k0: number, k1: number, out: Uint32Array): void {
  let x0 = c0 >>> 0;
  let x1 = c1 >>> 0;
  let x2 = c2 >>> 0;
  let x3 = c3 >>> 0;
  let key0 = k0 >>> 0;
  let key1 = k1 >>> 0;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = highProduct(M0, x0);
    const high1 = highProduct(M1, x2);
    const low0 = Math.imul(M0, x0);
    const low1 = Math.imul(M1, x2);
    x0 = (high1 ^ x1 ^ key0) >>> 0;
    x1 = low1 >>> 0;
    x2 = (high0 ^ x3 ^ key1) >>> 0;
    x3 = low0 >>> 0;
    key0 = (key0 + W0) >>> 0;
    key1 = (key1 + W1) >>> 0;
  }
  out[0] = x0;
  out[1] = x1;
  out[2] = x2;
  out[3] = x3;
}

/**
 * Purposes of random numbers. Numbers with different purposes are independent. Never change the number of a purpose: it would
 * change the results of every simulation.
 */
export const PURPOSE = {
  taste: 1,
  persona: 2,
  activity: 3,
  countryAndDevice: 4,
  temperament: 5,
  joining: 6,
  titleGenre: 7,
  titleStyle: 8,
  titleQuality: 9,
  titleRelease: 10,
  titleName: 11,
  session: 12,
  minute: 13,
  examine: 14,
  play: 15,
  continuation: 16,
  rate: 17,
  ratingNoise: 18,
  search: 19,
  searchPick: 20,
  leave: 21,
  resample: 22,
  drift: 23,
  household: 24,
  dwell: 25,
  device: 26,
  premiere: 27,
  baselineSlate: 28,
  bot: 29,
  manners: 30,
  flash: 31,
} as const;
export type Purpose = (typeof PURPOSE)[keyof typeof PURPOSE];

/** Random numbers that are a pure function of the seed and the arguments. All arguments are integers from 0 to 2^32 − 1. */
export interface RandomNumbers {
  /** Returns a number that is uniform in [0, 1). @default index - 0 */
  uniform(subject: number, tick: number, purpose: Purpose, index?: number): number;
  /**
   * Returns four 32-bit random numbers for the cost of one. `uniform` with the same arguments returns the first of
   * them, divided by 2^32. The next call of any method overwrites the returned array.
   */
  words(subject: number, tick: number, purpose: Purpose, index?: number): Uint32Array;
  /** Returns a standard normal number (Box–Muller transform). */
  normal(subject: number, tick: number, purpose: Purpose, index?: number): number;
}

/** Converts a random 32-bit word to a number in [0, 1). */
export const unit = (word: number | undefined): number => (word ?? 0) / TWO_32;

/** Returns counter-based random numbers: each depends on the seed and its arguments, never on the order of the calls. */
export function randomNumbers(seed: number): RandomNumbers {
  const block = new Uint32Array(WORDS);
  const words = (subject: number, tick: number, purpose: Purpose, index = 0): Uint32Array => {
    philox(subject, tick, purpose, index, seed, 0, block);
    return block;
  };
  return {
    words,
    uniform: (subject, tick, purpose, index) => unit(words(subject, tick, purpose, index)[0]),
    normal: (subject, tick, purpose, index) => {
      const pair = words(subject, tick, purpose, index);
      // 1 − u is in (0, 1], so its logarithm is finite.
      const radius = Math.sqrt(-2 * Math.log(1 - unit(pair[0])));
      return radius * Math.cos(2 * Math.PI * unit(pair[1]));
    },
  };
}
