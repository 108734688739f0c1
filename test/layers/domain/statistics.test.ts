import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bootstrapMean,
  gini,
  mean,
  pairedDifference,
  pairedRatio,
  pairingGain,
  quantile,
} from '#domain/core/paired-and-bootstrap-estimates.ts';
import { PURPOSE, randomNumbers } from '#domain/core/philox-random.ts';

const values = fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 1, maxLength: 40 });
const normals = (seed: number, n: number, centre = 0) =>
  Array.from({ length: n }, (_, i) => centre + randomNumbers(seed).normal(i, 0, PURPOSE.taste));

describe('gini', () => {
  it('is half the relative mean absolute difference of all pairs', () => {
    fc.assert(
      fc.property(values, (sample) => {
        const differences = sample.flatMap((a) => sample.map((b) => Math.abs(a - b)));
        const expected = mean(sample) === 0 ? 0 : mean(differences) / (2 * mean(sample));
        expect(gini(sample)).toBeCloseTo(expected, 10);
      }),
    );
  });
});

describe('quantile', () => {
  it('interpolates between neighbours', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([1, 2, 3, 4], 0.25)).toBe(1.75);
    expect(quantile([7], 0.9)).toBe(7);
    expect(quantile([], 0.5)).toBeNaN();
  });

  it('is between the least and the greatest value, which it equals at 0 and 1', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (sample, share) => {
        expect(quantile(sample, 0)).toBe(Math.min(...sample));
        expect(quantile(sample, 1)).toBe(Math.max(...sample));
        expect(quantile(sample, share)).toBeGreaterThanOrEqual(Math.min(...sample));
        expect(quantile(sample, share)).toBeLessThanOrEqual(Math.max(...sample));
      }),
    );
  });
});

describe('a paired difference', () => {
  it('equals a calculation by hand', () => {
    const { value, low, high } = pairedDifference([1, 2, 3], [2, 4, 6]);
    expect(value).toBe(2);
    expect(high - value).toBeCloseTo(1.959964 / Math.sqrt(3), 6);
    expect(value - low).toBeCloseTo(high - value, 12);
  });

  it('contains the true difference in about 95 of 100 samples', () => {
    const covered = Array.from({ length: 400 }, (_, world) => {
      const { low, high } = pairedDifference(normals(2 * world, 60), normals(2 * world + 1, 60, 0.3));
      return low <= 0.3 && 0.3 <= high;
    }).filter(Boolean).length;
    expect(covered / 400).toBeGreaterThan(0.91);
    expect(covered / 400).toBeLessThan(0.985);
  });

  it('has an interval of width 0 for a single unit', () => {
    expect(pairedDifference([1], [3])).toEqual({ value: 2, low: 2, high: 2 });
  });
});

describe('a bootstrap interval', () => {
  it('depends on its seed only, and agrees with the normal approximation for normal values', () => {
    const sample = normals(5, 200, 1);
    const zeros = sample.map(() => 0);
    const bootstrap = bootstrapMean(sample, 9, 2_000);
    expect(bootstrapMean(sample, 9, 2_000)).toEqual(bootstrap);
    const normal = pairedDifference(zeros, sample);
    expect(bootstrap.value).toBeCloseTo(normal.value, 12);
    expect(bootstrap.low).toBeCloseTo(normal.low, 1);
    expect(bootstrap.high).toBeCloseTo(normal.high, 1);
  });

  it('of no values is 0 with width 0', () => {
    expect(bootstrapMean([], 1)).toEqual({ value: 0, low: 0, high: 0 });
  });
});

describe('a paired ratio', () => {
  it('of equal arms is exactly 0 with width 0', () => {
    fc.assert(
      fc.property(values, (sample) => {
        const sessions = sample.map((_, i) => i + 1);
        expect(pairedRatio(sample, sessions, sample, sessions)).toMatchObject({ value: 0 });
        const { low, high } = pairedRatio(sample, sessions, sample, sessions);
        expect(high - low).toBe(0);
      }),
    );
  });

  it('is the relative difference of two ratios of totals', () => {
    const { value, low, high } = pairedRatio([2, 4, 3], [1, 2, 1], [3, 5, 4], [1, 2, 1]);
    expect(value).toBeCloseTo(12 / 9 - 1, 12);
    expect(low).toBeLessThan(value);
    expect(high).toBeGreaterThan(value);
  });

  it('is 0 with width 0 if the total of the first arm is 0', () => {
    expect(pairedRatio([0], [1], [5], [1])).toEqual({ value: 0, low: 0, high: 0 });
  });

  it('contains the true gain in about 95 of 100 samples', () => {
    const covered = Array.from({ length: 300 }, (_, world) => {
      const common = normals(3 * world, 150, 5);
      const first = normals(3 * world + 1, 150).map((noise, i) => (common[i] ?? 0) + noise * 0.5);
      const second = normals(3 * world + 2, 150).map((noise, i) => 1.1 * (common[i] ?? 0) + noise * 0.5);
      const sessions = common.map(() => 1);
      const { low, high } = pairedRatio(first, sessions, second, sessions);
      return low <= 0.1 && 0.1 <= high;
    }).filter(Boolean).length;
    expect(covered / 300).toBeGreaterThan(0.9);
    expect(covered / 300).toBeLessThan(0.99);
  });
});

describe('pairing', () => {
  const { uniform, normal } = randomNumbers(3);
  const COUNT = 400;
  const units = Array.from({ length: COUNT }, (_, i) => {
    const [keen, sessions] = [uniform(i, 0, PURPOSE.taste), 1 + Math.floor(9 * uniform(i, 1, PURPOSE.taste))];
    const gain = (arm: number) => sessions * (1 + 2 * keen + 0.4 * normal(i, arm, PURPOSE.taste, 1) + 0.1 * arm);
    return { sessions, first: gain(0), second: gain(1) };
  });
  const column = (name: keyof (typeof units)[number]) => units.map((unit) => unit[name]);
  const arms = [column('first'), column('sessions'), column('second'), column('sessions')] as const;

  it('reduces the variance by the factor that random splits of the same units measure', () => {
    const SPLITS = 4_000;
    const perSession = (some: typeof units, name: 'first' | 'second') =>
      some.reduce((sum, unit) => sum + unit[name], 0) / some.reduce((sum, { sessions }) => sum + sessions, 0);
    const logs = Array.from({ length: SPLITS }, (_, split) => {
      const inFirst = units.map((_, i) => uniform(i, split, PURPOSE.resample) < 0.5);
      const [a, b] = [units.filter((_, i) => inFirst[i]), units.filter((_, i) => !inFirst[i])];
      return Math.log(perSession(b, 'second') / perSession(a, 'first'));
    });
    const middle = mean(logs);
    const unpaired = mean(logs.map((value) => (value - middle) ** 2));
    const { value, low } = pairedRatio(...arms);
    const paired = ((value - low) / 1.959964 / (1 + value)) ** 2;
    // Neyman (1923): the variance over splits of the same units is the unpaired variance minus the paired variance.
    expect(unpaired / paired / (pairingGain(...arms) - 1)).toBeGreaterThan(0.9);
    expect(unpaired / paired / (pairingGain(...arms) - 1)).toBeLessThan(1.1);
  });

  it('reduces the variance to 0 for equal arms, and hardly for independent arms', () => {
    expect(pairingGain(arms[0], arms[1], arms[0], arms[1])).toBe(Number.POSITIVE_INFINITY);
    const shuffled = column('second').toSorted((a, b) => Math.sin(a * 1e6) - Math.sin(b * 1e6));
    expect(
      pairingGain(
        arms[0],
        arms[1].map(() => 1),
        shuffled,
        arms[1].map(() => 1),
      ),
    ).toBeLessThan(3);
  });
});
