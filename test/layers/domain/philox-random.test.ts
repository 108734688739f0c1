import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashUnit } from '#domain/core/keyed-random.ts';
import { PURPOSE, philox, randomNumbers } from '#domain/core/philox-random.ts';

const block = (counter: number[], key: number[]): string[] => {
  const out = new Uint32Array(4);
  const [c0 = 0, c1 = 0, c2 = 0, c3 = 0] = counter;
  philox(c0, c1, c2, c3, key[0] ?? 0, key[1] ?? 0, out);
  return [...out].map((word) => word.toString(16).padStart(8, '0'));
};
const ONES = 0xffffffff;

describe('philox4x32-10', () => {
  it.each([
    [[0, 0, 0, 0], [0, 0], '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    [[ONES, ONES, ONES, ONES], [ONES, ONES], '408f276d 41c83b0e a20bc7c6 6d5451fd'],
    [[0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0], 'd16cfe09 94fdcceb 5001e420 24126ea1'],
  ])('returns the published words for the counter %j', (counter, key, words) => {
    expect(block(counter, key).join(' ')).toBe(words);
  });
});

describe('random numbers', () => {
  it('are a pure function of seed, subject, tick, purpose and index', () => {
    const word = fc.integer({ min: 0, max: ONES });
    fc.assert(
      fc.property(word, word, word, word, (seed, subject, tick, index) => {
        const once = randomNumbers(seed).uniform(subject, tick, PURPOSE.play, index);
        const other = randomNumbers(seed);
        other.normal(subject, tick, PURPOSE.taste, index);
        expect(other.uniform(subject, tick, PURPOSE.play, index)).toBe(once);
        expect(once).toBeGreaterThanOrEqual(0);
        expect(once).toBeLessThan(1);
      }),
    );
  });

  it('are uniform over twenty bins (chi-squared test at the 0.1 % level)', () => {
    const [n, bins] = [200_000, 20];
    const counts = new Array<number>(bins).fill(0);
    const { uniform } = randomNumbers(7);
    for (let i = 0; i < n; i++) {
      const bin = Math.floor(uniform(i, 3, PURPOSE.session) * bins);
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    const expected = n / bins;
    const chiSquared = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(chiSquared).toBeLessThan(43.8);
  });

  it('have mean 0 and variance 1 if they are standard normal', () => {
    const { normal } = randomNumbers(11);
    const values = Array.from({ length: 50_000 }, (_, i) => normal(i, 0, PURPOSE.taste));
    const mean = values.reduce((a, b) => a + b) / values.length;
    expect(mean).toBeCloseTo(0, 1);
    expect(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length).toBeCloseTo(1, 1);
  });

  it('with a text as key are uniform over users and salts', () => {
    const values = Array.from({ length: 20_000 }, (_, i) => hashUnit(`holdback:u-${i}`));
    expect(values.filter((value) => value < 0.1).length / values.length).toBeCloseTo(0.1, 1.7);
    const salted = Array.from({ length: 20_000 }, (_, i) => hashUnit('r-1', i));
    expect(salted.filter((value) => value < 0.5).length / salted.length).toBeCloseTo(0.5, 1.7);
  });
});
