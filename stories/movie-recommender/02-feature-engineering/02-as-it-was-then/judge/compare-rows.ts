import { FEATURE_NAMES } from '#domain/features/feature-names-and-online-items.ts';
import type { QueryMismatch, QueryResult, ResultRow, Scene } from '../../../../academy/runners/sql/sql-checkpoint.ts';
import { countFeatures, type Features } from './compute-expected-features.ts';
import { changesOf, type History, type Label, sceneOf, titleId, userId } from './convert-history-to-tables.ts';
import { inputOf, labelText, type Source, valueText } from './format-labels-and-changes.ts';

/** Features by the tables that they are computed from. */
export const COLUMNS: Readonly<Record<Source, readonly string[]>> = {
  user: FEATURE_NAMES.filter((name) => name.startsWith('user_')),
  title: FEATURE_NAMES.filter((name) => name.startsWith('title_') && name !== 'title_ageDays'),
  genres: ['pair_genreAffinity'],
};
/** Text that probably occurs where a table is joined. */
const LOOK_FOR: Readonly<Record<Source, readonly string[]>> = {
  user: ['JOIN user_changes', 'user_changes', 'user_plays7d'],
  title: ['JOIN title_plays_and_ratings', 'title_plays_and_ratings', 'title_plays7d'],
  genres: ['JOIN user_genre_plays', 'user_genre_plays', 'pair_genreAffinity'],
};
/** Relative difference up to which two values count as equal, because results are rounded to 32-bit floats. */
const NEARLY = 1e-5;

const scenes = new WeakMap<History, Scene>();
/**
 * Returns the scene of a history. All calls for a history return the same object, so the query runs only once for it.
 */
export function sceneFor(history: History): Scene {
  const scene = scenes.get(history) ?? sceneOf(history);
  scenes.set(history, scene);
  return scene;
}

/** Returns the key of a label in the result. */
export const keyOf = ({ user, title, occurredAt, label }: Label): string =>
  [userId(user), titleId(title), occurredAt, label].join(' ');

/** Returns the rows of each label, by its key. */
export const rowsByKey = ({ rows }: QueryResult): ReadonlyMap<string, readonly ResultRow[]> =>
  Map.groupBy(rows, ({ userId, titleId, occurredAt, label }) => [userId, titleId, occurredAt, label].join(' '));

/** Returns the columns whose value is not the expected one. */
export const wrongColumns = (row: ResultRow, expected: Features, columns: readonly string[]): string[] =>
  columns.filter((column) => !isNear(row[column], expected[column] ?? 0));

const isNear = (value: unknown, expected: number): boolean =>
  typeof value === 'number' && Math.abs(value - expected) <= NEARLY * Math.max(1, Math.abs(expected));

const valuesText = (values: Readonly<Record<string, unknown>>, columns: readonly string[]): string =>
  columns.map((column) => `${column} ${column in values ? valueText(values[column]) : 'missing'}`).join(', ');

/** Describes a number of rows. */
export const rowsText = (count: number): string => (count === 1 ? '1 row' : `${count} rows`);

/** Expects a number of rows for a label. */
export function countMismatch(
  history: History,
  label: Label,
  count: number,
  result: QueryResult,
): QueryMismatch | undefined {
  const found = rowsByKey(result).get(keyOf(label))?.length ?? 0;
  if (found === count) return undefined;
  const same = history.labels.filter((each) => keyOf(each) === keyOf(label));
  return {
    expected: `${rowsText(count)} for ${labelText(label)}`,
    got: rowsText(found),
    input: inputOf(history, same, ['user', 'title']),
    lookFor: [...LOOK_FOR[hasChanges(history, label, 'user') ? 'user' : 'title'], 'FROM labels'],
  };
}

const hasChanges = (history: History, label: Label, of: 'user' | 'title'): boolean =>
  changesOf(history, of, label[of]).some(([, since]) => Number(since) <= label.occurredAt);

/** Expects that some row of the label has the right values in the columns of the sources. */
export function valueMismatch(
  history: History,
  label: Label,
  sources: readonly Source[],
  result: QueryResult,
): QueryMismatch | undefined {
  const expected = countFeatures(history, label);
  const columns = sources.flatMap((source) => COLUMNS[source]);
  const rows = rowsByKey(result).get(keyOf(label)) ?? [];
  const [best] = rows
    .map((row) => ({ row, wrong: wrongColumns(row, expected, columns) }))
    .sort((a, b) => a.wrong.length - b.wrong.length);
  if (!best) {
    return {
      expected: `a row for ${labelText(label)}`,
      got: 'no row',
      input: inputOf(history, [label], sources),
      lookFor: sources.flatMap((source) => LOOK_FOR[source]),
    };
  }
  const { row, wrong } = best;
  if (wrong.length === 0) return undefined;
  const concerned = sources.filter((source) => COLUMNS[source].some((column) => wrong.includes(column)));
  return {
    expected: valuesText(expected, wrong),
    got: valuesText(row, wrong),
    input: inputOf(history, [label], concerned),
    lookFor: concerned.flatMap((source) => LOOK_FOR[source]),
  };
}
