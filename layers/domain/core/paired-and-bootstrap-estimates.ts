import { PURPOSE, randomNumbers } from './philox-random.ts';

/** An estimate with the bounds of its 95 % interval. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Standard normal quantile at 97.5 %. */
const Z95 = 1.959964;

const sum = (values: ArrayLike<number>): number => {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] ?? 0;
  return total;
};

/** Returns the mean; 0 for an empty array. */
export const mean = (values: ArrayLike<number>): number => (values.length === 0 ? 0 : sum(values) / values.length);

/**
 * Returns the relative difference of two ratios of totals, (Σb/Σm) / (Σa/Σn) − 1, over units that are in both arms: agents and
 * their twins. Pairing removes the variance that the arms share, so the interval is much narrower than that of two groups.
 *
 * Shape   a, n, b, m: one entry per unit (numerator and denominator, first and second arm)
 * Unit    none: 0 is no difference; an A/A pair gives exactly 0 with an interval of width 0
 * Source  delta method for ratio metrics: Deng, Knoblich, Lu 2018, "Applying the delta method in metric analytics"
 */
export function pairedRatio(
  a: ArrayLike<number>,
  n: ArrayLike<number>,
  b: ArrayLike<number>,
  m: ArrayLike<number>,
): Estimate {
  const [totalA, totalN, totalB, totalM] = [sum(a), sum(n), sum(b), sum(m)];
  if (totalA === 0 || totalN === 0 || totalM === 0) return { value: 0, low: 0, high: 0 };
  const ratio = totalB / totalM / (totalA / totalN);
  const { paired } = variances(a, n, b, m);
  const margin = Z95 * ratio * Math.sqrt(paired);
  return { value: ratio - 1, low: ratio - 1 - margin, high: ratio - 1 + margin };
}

/**
 * Returns the factor by which pairing reduces the variance of a relative difference: the variance of an A/B test with half of
 * the units in each arm, divided by the variance of `pairedRatio`, in which every unit is in both arms. Infinite for an A/A pair.
 *
 * Shape   as for pairedRatio
 */
export function pairingGain(
  a: ArrayLike<number>,
  n: ArrayLike<number>,
  b: ArrayLike<number>,
  m: ArrayLike<number>,
): number {
  const { paired, first, second } = variances(a, n, b, m);
  // An arm of half the units has twice the variance.
  return (2 * (first + second)) / paired;
}

/** Returns the variances of the logarithms of both ratios and of their difference, from each unit's influence on them. */
function variances(a: ArrayLike<number>, n: ArrayLike<number>, b: ArrayLike<number>, m: ArrayLike<number>) {
  const [totalA, totalN, totalB, totalM] = [sum(a), sum(n), sum(b), sum(m)];
  let [paired, first, second] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const ofA = (a[i] ?? 0) / totalA - (n[i] ?? 0) / totalN;
    const ofB = totalB === 0 ? 0 : (b[i] ?? 0) / totalB - (m[i] ?? 0) / totalM;
    // If the arms are identical, each term is exactly 0.
    paired += (ofB - ofA) ** 2;
    first += ofA ** 2;
    second += ofB ** 2;
  }
  return { paired, first, second };
}

/**
 * Returns the mean of b − a over units that are in both arms, with its 95 % interval.
 *
 * Shape   a, b: one entry per unit, in the same order
 * Source  normal approximation of the paired t interval; suitable for about 30 units or more
 */
export function pairedDifference(a: ArrayLike<number>, b: ArrayLike<number>): Estimate {
  const differences = Float64Array.from({ length: a.length }, (_, i) => (b[i] ?? 0) - (a[i] ?? 0));
  const value = mean(differences);
  const squares = differences.reduce((total, difference) => total + (difference - value) ** 2, 0);
  const margin = a.length < 2 ? 0 : Z95 * Math.sqrt(squares / (a.length - 1) / a.length);
  return { value, low: value - margin, high: value + margin };
}

const RESAMPLES = 1_000;
const [LOW_TAIL, HIGH_TAIL] = [0.025, 0.975];

/**
 * Returns the mean with a 95 % percentile-bootstrap interval, for few or skewed values, where the normal approximation is
 * poor. The same values and seed give the same interval.
 *
 * Source  Efron & Tibshirani 1993, "An Introduction to the Bootstrap", chapter 13
 */
export function bootstrapMean(values: ArrayLike<number>, seed: number, resamples = RESAMPLES): Estimate {
  const value = mean(values);
  if (values.length === 0) return { value, low: value, high: value };
  const { uniform } = randomNumbers(seed);
  const means = Float64Array.from({ length: resamples }, (_, resample) => {
    let total = 0;
    for (let i = 0; i < values.length; i++) {
      total += values[Math.floor(values.length * uniform(i, resample, PURPOSE.resample))] ?? 0;
    }
    return total / values.length;
  });
  return { value, low: quantile(means, LOW_TAIL), high: quantile(means, HIGH_TAIL) };
}

/**
 * Returns the quantile: the value below which `share` of the values (0 to 1) lie, interpolated between neighbours; NaN
 * for an empty array.
 *
 * Source  Hyndman & Fan 1996, definition 7 (the default of R and NumPy)
 */
export function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  const at = (sorted.length - 1) * share;
  const [below, above] = [sorted[Math.floor(at)] ?? Number.NaN, sorted[Math.ceil(at)] ?? Number.NaN];
  return below + (above - below) * (at - Math.floor(at));
}

/**
 * Returns the Gini coefficient: 0 if all values are equal, close to 1 if one value has the entire sum. Values must not be
 * negative.
 *
 * Source  half the relative mean absolute difference, from the sorted values: Σ (2i − n − 1) xᵢ / (n Σ xᵢ)
 */
export function gini(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  const total = sum(sorted);
  const ranked = sorted.reduce((all, value, i) => all + (2 * (i + 1) - sorted.length - 1) * value, 0);
  return total === 0 ? 0 : ranked / (sorted.length * total);
}
