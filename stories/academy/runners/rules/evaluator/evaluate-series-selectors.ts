import type { LabelMatcher, RangeSelector, Selector } from '../promql/expression-types.ts';
import { METRIC } from '../promql/parse-selector.ts';
import type { Evaluation, Sample, Vector } from './compiled-expressions-and-work-budget.ts';
import { type Labels, remembered } from './interned-label-sets.ts';
import { linearRegex } from './linear-regex.ts';
import { lastUntil, type Series } from './series-store.ts';

/** Milliseconds after which the last sample of a series no longer counts. */
export const LOOKBACK_MS = 300_000;

/** The samples of one series in a time range: from index `first` to index `last`. */
export interface Window {
  readonly series: Series;
  readonly first: number;
  readonly last: number;
  /** Start of the time range, in milliseconds. */
  readonly start: number;
  /** End of the time range, in milliseconds. */
  readonly end: number;
}

/** Returns the function that evaluates a selector. */
export function instantSelector({ matchers, offset }: Selector, evaluation: Evaluation): (time: number) => Vector {
  const matching = seriesSelector(matchers, evaluation);
  return (time) => {
    const selected = matching();
    evaluation.spend(selected.length + 1);
    const vector: Sample[] = [];
    for (const series of selected) {
      const value = valueAt(series, time - offset, evaluation);
      if (value !== undefined) vector.push({ labels: series.labels, value });
    }
    return vector;
  };
}

/** Returns the last value, unless it is too old or the series has ended. */
function valueAt({ times, values, endings }: Series, at: number, { version }: Evaluation): number | undefined {
  const index = lastUntil(times, at);
  if (index < 0) return undefined;
  const time = times[index] as number;
  const age = at - time;
  if (version === 3 ? age >= LOOKBACK_MS : age > LOOKBACK_MS) return undefined;
  const ending = endings[lastUntil(endings, at)];
  return ending !== undefined && ending > time ? undefined : values[index];
}

/** Returns the function that evaluates a range selector. Series without samples in the range are left out. */
export function rangeSelector({ selector, range }: RangeSelector, evaluation: Evaluation): (time: number) => Window[] {
  const matching = seriesSelector(selector.matchers, evaluation);
  return (time) => {
    const end = time - selector.offset;
    const start = end - range;
    const selected = matching();
    evaluation.spend(selected.length + 1);
    const windows: Window[] = [];
    for (const series of selected) {
      const last = lastUntil(series.times, end);
      // Version 2 includes a sample at exactly the start. Times are whole milliseconds.
      const first = lastUntil(series.times, evaluation.version === 3 ? start : start - 1) + 1;
      if (last >= first) windows.push({ series, first, last, start, end });
    }
    return windows;
  };
}

/** Cost of testing one series: the number of samples that could be read in the same time. */
const COST_OF_TEST = 10;

/** Returns the function that lists the series that match. It tests each series once. */
function seriesSelector(matchers: readonly LabelMatcher[], { store, spend }: Evaluation): () => readonly Series[] {
  const tests = matchers.map(matcherTest);
  const matches = remembered((labels) => tests.every((test) => test(labels)));
  const metric = matchers.find(({ label, operator }) => label === METRIC && operator === '=')?.value;
  if (metric === undefined) {
    return () => {
      spend(store.size() * COST_OF_TEST);
      return [...store.all()].filter(({ labels }) => matches(labels));
    };
  }
  const candidates = store.named(metric);
  let [known, selected]: [number, readonly Series[]] = [0, []];
  return () => {
    if (candidates.length !== known) {
      known = candidates.length;
      selected = candidates.filter(({ labels }) => matches(labels));
    }
    return selected;
  };
}

function matcherTest({ label, operator, value }: LabelMatcher): (labels: Labels) => boolean {
  const expected = operator === '=' || operator === '=~';
  const isMatch = operator.endsWith('~') ? linearRegex(value) : (text: string) => text === value;
  return ({ values }) => isMatch(values.get(label) ?? '') === expected;
}
