import { murmur2 } from './murmur2.ts';
import { philox } from './philox-random.ts';

const TWO_32 = 2 ** 32;
const WORDS = 4;

/** Returns a number in [0, 1). Different salts give independent numbers. @default salt - 0 */
export type KeyedRandom = (salt?: number) => number;

/**
 * Returns random numbers that are a pure function of a string and a salt, for decisions that must be repeatable by request or
 * user. The string's hash is the key of a Philox block, so that similar strings and salts give independent numbers.
 */
export function keyedRandom(text: string): KeyedRandom {
  const words = new Uint32Array(WORDS);
  const bytes = new TextEncoder().encode(text);
  const [first, last, hash] = [bytes[0] ?? 0, bytes[bytes.length - 1] ?? 0, murmur2(bytes)];
  return (salt = 0) => {
    philox(salt, bytes.length, first, last, hash, 0, words);
    return (words[0] ?? 0) / TWO_32;
  };
}

/** Returns one random number in [0, 1) for a string and a salt. */
export const hashUnit = (text: string, salt = 0): number => keyedRandom(text)(salt);
