/** A labelled example: 1 or 0, and its features. */
export interface Example {
  readonly label: number;
  readonly features: readonly number[];
}

const STEPS = 300;
const RATE = 0.5;

/**
 * Fits a logistic regression by gradient descent, on the logarithms of the features, standardised. It is small and the
 * same each time: an instrument, not the model of the service.
 *
 * @returns a function that scores features: higher means more probably 1
 */
export function fitLogistic(examples: readonly Example[]): (features: readonly number[]) => number {
  const rows = examples.map(({ features }) => features.map(compressed));
  const columns = rows[0]?.map((_, j) => rows.map((row) => row[j] as number)) ?? [];
  const means = columns.map((column) => column.reduce((sum, x) => sum + x, 0) / column.length);
  const deviations = columns.map((column, j) => {
    const variance = column.reduce((sum, x) => sum + (x - (means[j] as number)) ** 2, 0) / column.length;
    return Math.sqrt(variance) || 1;
  });
  const standardised = (row: readonly number[]) =>
    row.map((x, j) => (x - (means[j] as number)) / (deviations[j] as number));
  const inputs = rows.map(standardised);
  const weights = means.map(() => 0);
  let bias = 0;
  const scoreOf = (input: readonly number[]) => input.reduce((sum, x, j) => sum + x * (weights[j] as number), bias);
  for (let step = 0; step < STEPS; step++) {
    const gradient = means.map(() => 0);
    let ofBias = 0;
    for (const [i, input] of inputs.entries()) {
      const error = 1 / (1 + Math.exp(-scoreOf(input))) - (examples[i] as Example).label;
      ofBias += error;
      for (const [j, x] of input.entries()) gradient[j] = (gradient[j] as number) + error * x;
    }
    for (const [j, sum] of gradient.entries()) weights[j] = (weights[j] as number) - (RATE * sum) / inputs.length;
    bias -= (RATE * ofBias) / inputs.length;
  }
  return (features) => scoreOf(standardised(features.map(compressed)));
}

const compressed = (x: number): number => Math.sign(x) * Math.log1p(Math.abs(x));

/** Returns the probability that an example with label 1 has a higher score than one with label 0. A tie counts half. */
export function areaUnderCurve(scored: readonly { readonly label: number; readonly score: number }[]): number {
  const sorted = scored.toSorted((a, b) => a.score - b.score);
  let [ranks, ones] = [0, 0];
  for (let start = 0; start < sorted.length; ) {
    let end = start;
    while (end < sorted.length && sorted[end]?.score === sorted[start]?.score) end++;
    const positives = sorted.slice(start, end).filter(({ label }) => label === 1).length;
    ranks += positives * ((start + 1 + end) / 2);
    ones += positives;
    start = end;
  }
  const zeros = sorted.length - ones;
  return ones === 0 || zeros === 0 ? Number.NaN : (ranks - (ones * (ones + 1)) / 2) / (ones * zeros);
}
