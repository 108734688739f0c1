import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PURPOSE, randomNumbers } from '#domain/core/philox-random.ts';
import { psi } from '#domain/experiments/psi.ts';

const BINS = 10;
const REPEATS = 400;

/** Returns values from a uniform distribution of width 1. */
function uniform(seed: number, length: number, shift = 0): Float64Array {
  const random = randomNumbers(seed);
  return Float64Array.from({ length }, (_, i) => shift + random.uniform(i, 0, PURPOSE.resample));
}

/** Returns the share of repeated experiments in which the index exceeds its quantile. */
function alarms(sizes: readonly [number, number], shift: number): number {
  let found = 0;
  for (let i = 0; i < REPEATS; i++) {
    const { value, nullQuantile } = psi(uniform(2 * i, sizes[0]), uniform(2 * i + 1, sizes[1], shift), BINS);
    if (value > nullQuantile) found++;
  }
  return found / REPEATS;
}

describe('psi', () => {
  it('exceeds its quantile in about 5 % of the samples without drift, at every sample size', () => {
    for (const sizes of [
      [2_000, 2_000],
      [2_000, 200],
      [300, 1_000],
    ] as const) {
      const found = alarms(sizes, 0);
      expect(found).toBeGreaterThan(0.015);
      expect(found).toBeLessThan(0.085);
    }
  });

  it('finds a shift by a tenth of the width almost always', () => {
    expect(alarms([2_000, 500], 0.1)).toBeGreaterThan(0.95);
  });

  it('is 0 for the same values, and finite for any two samples', () => {
    const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(values, values, (reference, current) => {
        expect(psi(reference, reference, BINS).value).toBe(0);
        const { value, nullQuantile } = psi(reference, current, BINS);
        expect(value).toBeGreaterThanOrEqual(0);
        expect([Number.isFinite(value), Number.isFinite(nullQuantile)]).toEqual([true, true]);
      }),
    );
  });

  it('takes its bins from the reference: a current sample outside of it is in one bin', () => {
    const reference = Array.from({ length: 100 }, (_, i) => i);
    const outside = Array.from({ length: 100 }, (_, i) => 1_000 + i);
    expect(psi(reference, outside, BINS).value).toBeCloseTo(psi(reference, new Array(100).fill(1_000), BINS).value, 12);
  });

  it('has bins of different shares where many values are equal', () => {
    const zeros = (share: number) => Array.from({ length: 1_000 }, (_, i) => (i < 1_000 * share ? 0 : i));
    const { value, nullQuantile } = psi(zeros(0.9), zeros(0.8), BINS);
    expect(value).toBeGreaterThan(nullQuantile);
  });

  it('claims no drift without values', () => {
    expect(psi([1, 2, 3], [], BINS).nullQuantile).toBe(Number.POSITIVE_INFINITY);
    expect(psi([], [1, 2, 3], BINS)).toEqual({ value: 0, nullQuantile: Number.POSITIVE_INFINITY });
  });

  it.each([1, 2.5, Number.NaN])('rejects %d bins', (n) => {
    expect(() => psi([1], [1], n)).toThrow(RangeError);
  });
});
