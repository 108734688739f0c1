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

export const mean = (values: ArrayLike<number>): number => (values.length === 0 ? 0 : sum(values) / values.length);

/**
 * Relative difference of two ratios of totals, (Σb/Σm) / (Σa/Σn) − 1, over units that went through both: agents and
 * their twins. Pairing takes out what the two have in common, so the interval is much narrower than that of two groups.
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
  // Influence of each unit on log(ratio); equal arms cancel term by term.
  let squares = 0;
  for (let i = 0; i < a.length; i++) {
    const first = (a[i] ?? 0) / totalA - (n[i] ?? 0) / totalN;
    const second = totalB === 0 ? 0 : (b[i] ?? 0) / totalB - (m[i] ?? 0) / totalM;
    squares += (second - first) ** 2;
  }
  const margin = Z95 * ratio * Math.sqrt(squares);
  return { value: ratio - 1, low: ratio - 1 - margin, high: ratio - 1 + margin };
}
