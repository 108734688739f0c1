import { METRIC } from '../promql/parse-selector.ts';

/** A set of labels. Equal sets are the same object, so that they can be compared and cached by identity. */
export interface Labels {
  readonly values: ReadonlyMap<string, string>;
  /** Text that is equal for equal sets. */
  readonly key: string;
}

const interned = new Map<string, Labels>();

/** Returns the set of these labels. An empty value means that the label is missing. */
export function labelsOf(pairs: Iterable<readonly [string, string]>): Labels {
  const sorted = [...new Map(pairs)].filter(([, value]) => value !== '').sort(([a], [b]) => (a < b ? -1 : 1));
  const key = JSON.stringify(sorted);
  const known = interned.get(key);
  if (known) return known;
  const made: Labels = { values: new Map(sorted), key };
  interned.set(key, made);
  return made;
}

/** Returns a function that caches its results. */
export function remembered<Result>(compute: (labels: Labels) => Result): (labels: Labels) => Result {
  const known = new WeakMap<Labels, { readonly result: Result }>();
  return (labels) => {
    let entry = known.get(labels);
    if (!entry) {
      entry = { result: compute(labels) };
      known.set(labels, entry);
    }
    return entry.result;
  };
}

/** Returns the function that keeps only some labels. */
export const keeping = (names: readonly string[]): ((labels: Labels) => Labels) =>
  remembered(({ values }) => labelsOf([...values].filter(([name]) => names.includes(name))));

/** Returns the function that removes some labels. */
export const removing = (names: readonly string[]): ((labels: Labels) => Labels) =>
  remembered(({ values }) => labelsOf([...values].filter(([name]) => !names.includes(name))));

export const withoutName = removing([METRIC]);

export const nameOf = ({ values }: Labels): string => values.get(METRIC) ?? '';

/** Formats labels as Prometheus does, such as x{a="b"}. */
export const shownLabels = (labels: Labels): string => {
  const shown = [...labels.values].filter(([name]) => name !== METRIC).map(([name, value]) => `${name}="${value}"`);
  return `${nameOf(labels)}{${shown.join(', ')}}`;
};
