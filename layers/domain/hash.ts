import { murmur2 } from './partition.ts';
import { philox } from './random.ts';

const TWO_32 = 2 ** 32;
const WORDS = 4;

/**
 * A number in [0, 1) that is a pure function of a text and a salt: for draws that must be repeatable by request or user.
 * The text's hash is the key of a Philox block, so that near texts and salts give unrelated numbers.
 */
export function hashUnit(text: string, salt = 0): number {
  const words = new Uint32Array(WORDS);
  const bytes = new TextEncoder().encode(text);
  philox(salt, bytes.length, bytes[0] ?? 0, bytes[bytes.length - 1] ?? 0, murmur2(bytes), 0, words);
  return (words[0] ?? 0) / TWO_32;
}
