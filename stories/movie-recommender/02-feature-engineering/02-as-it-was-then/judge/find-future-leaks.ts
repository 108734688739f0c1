import { FEATURE_NAMES } from '#domain/features/feature-names-and-online-items.ts';
import type { QueryMismatch, QueryResult, ResultRow } from '../../../../academy/runners/sql/sql-checkpoint.ts';
import { COLUMNS, keyOf, rowsByKey, rowsText } from './compare-rows.ts';
import type { History, Label } from './convert-history-to-tables.ts';
import { inputOf, labelText, type Source, valueText } from './format-labels-and-changes.ts';

/** The rows of one label in two results of the learner's query. */
interface Pair {
  readonly label: Label;
  /** Rows of the result without the later plays. */
  readonly before: readonly ResultRow[];
  /** Rows of the result with them. */
  readonly after: readonly ResultRow[];
}

/**
 * Expects that two results of the learner's query contain the same rows for the labels, at least one for each. Both
 * results may be wrong, so the message calls neither of them the expected one.
 *
 * @param before result without the later plays
 * @param after result with them
 */
export function futureMismatch(
  history: History,
  labels: readonly Label[],
  before: QueryResult,
  after: QueryResult,
): QueryMismatch | undefined {
  const [then, now] = [rowsByKey(before), rowsByKey(after)];
  const pairs = labels.map((label): Pair => {
    const key = keyOf(label);
    return { label, before: sorted(then.get(key)), after: sorted(now.get(key)) };
  });
  const pair = pairs.find((each) => each.before.length === 0 || differingRow(each) >= 0);
  return pair && mismatchOf(history, pair);
}

const sorted = (rows: readonly ResultRow[] = []): ResultRow[] =>
  rows.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

/** Returns the index of the first row in which the two results differ, or -1. */
const differingRow = ({ before, after }: Pair): number =>
  Array.from({ length: Math.max(before.length, after.length) }).findIndex(
    (_, index) => JSON.stringify(before[index]) !== JSON.stringify(after[index]),
  );

function mismatchOf(history: History, pair: Pair): QueryMismatch {
  const { label, before, after } = pair;
  if (before.length === 0 && after.length === 0) {
    return {
      input: inputOf(history, [label], ['user', 'title']),
      expected: `a row for ${labelText(label)}, with and without the later plays`,
      got: 'no row in either result',
    };
  }
  const expected = `the same rows for ${labelText(label)}, with and without the later plays`;
  const results = (without: string, having: string) =>
    `the two results of your query differ: ${without} without the later plays, but ${having} with them`;
  if (before.length !== after.length) {
    const input = inputOf(history, [label], ['user', 'title']);
    return { input, expected, got: results(countText(before), countText(after)) };
  }
  const index = differingRow(pair);
  const [was, is] = [before[index] ?? {}, after[index] ?? {}];
  const changed = FEATURE_NAMES.filter((name) => was[name] !== is[name]);
  const values = (row: ResultRow, other: ResultRow) =>
    changed.map((name) => `${name} ${distinctText(row[name], other[name])}`).join(', ');
  const heading = before.length === 1 ? '' : `one of ${before.length} rows with `;
  const sources = (Object.keys(COLUMNS) as Source[]).filter((of) => COLUMNS[of].some((each) => changed.includes(each)));
  return {
    input: inputOf(history, [label], sources),
    expected,
    got: results(`${heading}${values(was, is)}`, `${heading}${values(is, was)}`),
  };
}

const countText = (rows: readonly ResultRow[]): string => (rows.length === 0 ? 'no row' : rowsText(rows.length));

/** Formats a value. It is rounded only if the other value then still looks different. */
const distinctText = (value: unknown, other: unknown): string =>
  valueText(value) === valueText(other) ? String(value) : valueText(value);
