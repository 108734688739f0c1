import type { PrometheusVersion } from './compiled-expressions-and-work-budget.ts';
import type { Window } from './evaluate-series-selectors.ts';

/** Computes one value from the samples in a window, or undefined if they are too few. */
export type RangeFunction = (window: Window, version: PrometheusVersion) => number | undefined;

/** The functions of a range selector, by name. */
export const RANGE_FUNCTIONS: ReadonlyMap<string, RangeFunction> = new Map<string, RangeFunction>([
  ['increase', increase],
  ['rate', (window, version) => perSecond(increase(window, version), window)],
  ['avg_over_time', (window) => sum(window) / count(window)],
  ['sum_over_time', sum],
  ['count_over_time', (window) => count(window)],
  ['min_over_time', (window) => extreme(window, (a, b) => a < b)],
  ['max_over_time', (window) => extreme(window, (a, b) => a > b)],
  ['last_over_time', ({ series, last }) => series.values[last]],
  ['present_over_time', () => 1],
]);

/** Functions that read all samples of a window. The others read two samples. */
export const READS_ALL: ReadonlySet<string> = new Set([
  'avg_over_time',
  'sum_over_time',
  'min_over_time',
  'max_over_time',
]);

const perSecond = (grown: number | undefined, { start, end }: Window) =>
  grown === undefined ? undefined : grown / ((end - start) / 1_000);

/**
 * Returns the growth of a counter in a window, extrapolated to the complete window. If the gap between an end of the
 * window and the nearest sample is shorter than 1.1 times the mean distance of samples, the growth is extrapolated to
 * this end, otherwise by half of the mean distance. At the start, it is never extrapolated below a counter value of 0.
 *
 * Source  Prometheus, extrapolatedRate in promql/functions.go
 */
function increase({ series, first, last, start, end }: Window, version: PrometheusVersion): number | undefined {
  const { times, values, growth } = series;
  if (last === first) return undefined;
  const [firstTime, lastTime] = [times[first] as number, times[last] as number];
  const grown = (growth[last] as number) - (growth[first] as number);
  const covered = lastTime - firstTime;
  const distance = covered / (last - first);
  const far = distance * 1.1;
  const zeroAt = grown > 0 && (values[first] as number) >= 0 ? covered * ((values[first] as number) / grown) : Infinity;
  let before = firstTime - start;
  if (version === 2) {
    before = Math.min(before, zeroAt);
    if (before >= far) before = distance / 2;
  } else {
    if (before >= far) before = distance / 2;
    before = Math.min(before, zeroAt);
  }
  let after = end - lastTime;
  if (after >= far) after = distance / 2;
  return grown * ((covered + before + after) / covered);
}

const count = ({ first, last }: Window): number => last - first + 1;

function sum({ series, first, last }: Window): number {
  let total = 0;
  for (let index = first; index <= last; index++) total += series.values[index] as number;
  return total;
}

function extreme({ series, first, last }: Window, isBetter: (a: number, b: number) => boolean): number | undefined {
  let best = series.values[first];
  for (let index = first + 1; index <= last; index++) {
    const value = series.values[index] as number;
    if (best === undefined || Number.isNaN(best) || isBetter(value, best)) best = value;
  }
  return best;
}
