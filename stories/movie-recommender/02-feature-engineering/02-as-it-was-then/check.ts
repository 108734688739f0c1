import { HOUR } from '#domain/core/time.ts';
import { FEATURE_NAMES } from '#domain/features/feature-names-and-online-items.ts';
import {
  type QueryCase,
  type QueryRequirement,
  type QueryResult,
  type ResultRow,
  sqlCheckpoint,
} from '../../../academy/runners/sql/sql-checkpoint.ts';
import { countMismatch, keyOf, rowsByKey, sceneFor, valueMismatch, wrongColumns } from './judge/compare-rows.ts';
import { countFeatures } from './judge/compute-expected-features.ts';
import type { History, Label } from './judge/convert-history-to-tables.ts';
import { futureMismatch } from './judge/find-future-leaks.ts';
import { inputOf, labelText, type Source, timeText } from './judge/format-labels-and-changes.ts';
import { generatedHistory, knownBy } from './judge/generated-history.ts';
import {
  EQUAL_CHANGES,
  EQUAL_KEYS,
  LATER_CHANGES,
  labelledPlay,
  NO_HISTORY,
  OUT_OF_WEEK,
  SAME_TIME,
  SEVERAL_CHANGES,
  UNPLAYED_GENRE,
  UNSORTED,
} from './judge/handmade-histories.ts';

const COLUMNS: readonly (readonly [name: string, type: string])[] = [
  ['userId', 'VARCHAR'],
  ['titleId', 'VARCHAR'],
  ['occurredAt', 'BIGINT'],
  ['label', 'INTEGER'],
  ...FEATURE_NAMES.map((name) => [name, 'FLOAT'] as const),
];
const columnsText = (columns: readonly (readonly [string, string])[]): string =>
  columns.map(([name, type]) => `${name} ${type}`).join(', ');

const ALL: readonly Source[] = ['user', 'title', 'genres'];

const labelOf = ({ labels }: History, index: number): Label => labels[index] as Label;

/** Expects a number of rows for one label of a history. */
const mustHaveRows = (name: string, history: History, index: number, count: number): QueryCase => ({
  name,
  scenes: [sceneFor(history)],
  input: inputOf(history, [labelOf(history, index)], ['user', 'title']),
  expected: `${count === 1 ? '1 row' : `${count} rows`} for the label`,
  mismatch: ([result]) => countMismatch(history, labelOf(history, index), count, result as QueryResult),
});

/** Expects the values of one label of a history. */
const mustHaveValues = (name: string, history: History, index: number, sources: readonly Source[]): QueryCase => ({
  name,
  scenes: [sceneFor(history)],
  input: inputOf(history, [labelOf(history, index)], sources),
  expected: 'one row with the values as of the time of the label',
  mismatch: ([result]) => valueMismatch(history, labelOf(history, index), sources, result as QueryResult),
});

const hasColumns: QueryRequirement = {
  says: 'returns the columns of the training set',
  why: 'The trainer reads the columns by name, and the ranker reads them by position. Serving sends the same columns as 32-bit floats.',
  cases: [
    {
      name: 'columns',
      scenes: [sceneFor(SEVERAL_CHANGES)],
      input: 'any tables',
      expected: columnsText(COLUMNS),
      mismatch: ([result]) => columnMismatch(result as QueryResult),
    },
  ],
};

/** Names the first column that differs. */
function columnMismatch({ columns }: QueryResult) {
  const expected = COLUMNS.map((column) => column.join(' '));
  const got = columns.map(({ name, type }) => `${name} ${type}`);
  const index = [...expected, ...got].findIndex((_, i) => expected[i] !== got[i]);
  if (index < 0) return undefined;
  const text = (all: readonly string[]) => `${all.length} columns; column ${index + 1} is ${all[index] ?? 'missing'}`;
  const name = columns[index]?.name ?? COLUMNS[index]?.[0] ?? '';
  return { expected: text(expected), got: text(got), lookFor: [`AS ${name}`, `.${name}`, name, 'SELECT'] };
}

const oneRowPerLabel: QueryRequirement = {
  says: 'returns one row per label, however many changes came before it',
  why: 'A label that appears three times counts three times in training. Active users have the most changes, so the model would learn mainly from them.',
  cases: [mustHaveRows('several changes', SEVERAL_CHANGES, 0, 1), mustHaveRows('equal changes', EQUAL_CHANGES, 0, 1)],
};

/** Labels of NO_HISTORY, each with the sources that have no data for it. */
const NEWCOMERS: readonly (readonly [name: string, sources: readonly Source[]])[] = [
  ['new user', ['user', 'genres']],
  ['new title', ['title', 'genres']],
  ['undescribed title', ['title', 'genres']],
  ['title without genre', ['genres']],
  ['neither', ALL],
];

const keepsNewcomers: QueryRequirement = {
  says: 'keeps the labels of users and titles without history, with zeros',
  why: 'Serving sends zeros for a new user. A model that never saw a new user in training ranks titles at random on the first evening of such a user.',
  cases: NEWCOMERS.map(([name, sources], index) => mustHaveValues(name, NO_HISTORY, index, sources)),
};

const keepsEqualKeys: QueryRequirement = {
  says: 'keeps both of two labels with equal keys',
  why: 'Two impressions in one minute are two decisions of the viewer. If the sample of titles that were not played contains a title twice, this title counts twice.',
  cases: [
    mustHaveRows('equal labels', EQUAL_KEYS, 0, 2),
    mustHaveRows('played', EQUAL_KEYS, 1, 1),
    mustHaveRows('not played', EQUAL_KEYS, 3, 1),
  ],
};

const asOfItsTime: QueryRequirement = {
  says: "uses the values as of the label's own time",
  why: 'Serving cannot read a value from the future. A model that learns from future values looks brilliant offline and is worse in the city.',
  cases: [
    mustHaveValues('user', LATER_CHANGES, 0, ['user']),
    mustHaveValues('title', LATER_CHANGES, 0, ['title']),
    mustHaveValues('genres', LATER_CHANGES, 0, ['genres']),
    mustHaveValues('user who begins later', LATER_CHANGES, 1, ALL),
    mustHaveValues('play out of the week', OUT_OF_WEEK, 0, ['user', 'title']),
  ],
};

const withoutLabelledPlay: QueryRequirement = {
  says: 'does not count the labelled play itself',
  why: 'When the service ranked the title, the labelled play had not happened. If a row counts its labelled play, the features contain the label.',
  cases: [
    mustHaveValues('known at once', labelledPlay(1), 0, ALL),
    mustHaveValues('known an hour later', labelledPlay(HOUR), 0, ALL),
  ],
};

const includesItsTime: QueryRequirement = {
  says: "includes a change that is known at exactly the label's time",
  why: 'A value is valid from `since` on, so serving would have read it at that time. A row without this value differs from the values that the service read.',
  cases: [mustHaveValues('same time', SAME_TIME, 0, ['user', 'title'])],
};

const countsUnplayedGenres: QueryRequirement = {
  says: 'counts a genre that the user never played as 0',
  why: 'The affinity is the mean over all genres of the title. Without zeros for unplayed genres, a crime fan seems to like a crime musical as much as a crime film.',
  cases: [mustHaveValues('unplayed genre', UNPLAYED_GENRE, 0, ['genres'])],
};

const ORDER = 'occurredAt, userNo, titleNo, label';

const isSorted: QueryRequirement = {
  says: `sorts the rows by ${ORDER}`,
  why: 'The same log must give the same file, byte for byte. Otherwise, two files may differ although they contain the same rows.',
  cases: [
    {
      name: 'order',
      scenes: [sceneFor(UNSORTED)],
      input: inputOf(UNSORTED, UNSORTED.labels, []),
      expected: `rows in the order of ${ORDER}`,
      mismatch: ([result]) => orderMismatch(result as QueryResult),
    },
  ],
};

/** In the small histories, the ids of users and titles have the order of their numbers. */
function orderMismatch({ rows }: QueryResult) {
  const expected = UNSORTED.labels.map(keyOf);
  const inOrder = (a: Label, b: Label) =>
    a.occurredAt - b.occurredAt || a.user - b.user || a.title - b.title || a.label - b.label;
  const sorted = [...UNSORTED.labels].sort(inOrder).map(keyOf);
  const found = rows.map(rowKey).filter((key, i, all) => all.indexOf(key) === i && expected.includes(key));
  const wanted = sorted.filter((key) => found.includes(key));
  if (found.length > 1 && found.join() === wanted.join()) return undefined;
  return { expected: listed(wanted), got: listed(found), lookFor: ['ORDER BY l', 'ORDER BY', 'FROM labels'] };
}

const rowKey = ({ userId, titleId, occurredAt, label }: ResultRow): string =>
  [userId, titleId, occurredAt, label].join(' ');

const listed = (keys: readonly string[]): string =>
  keys.length === 0 ? 'no rows' : keys.map((key) => key.replace(/\d{13}/, (at) => timeText(Number(at)))).join('; ');

/** Returns the requirement that rejects each query that reads data from after a label's time. */
function ignoresTheFuture(history: History): QueryRequirement {
  const times = history.labels.map(({ occurredAt }) => occurredAt).sort((a, b) => a - b);
  const until = times[Math.floor(times.length / 2)] as number;
  const early = history.labels.filter(({ occurredAt }) => occurredAt <= until);
  const past = knownBy(history, until);
  const cut = { ...past, labels: early };
  return {
    says: 'returns the same rows for past labels when later plays are added',
    why: 'The training set of last month can be rebuilt only if later events change none of its values.',
    cases: [
      {
        name: 'generated',
        scenes: [sceneFor(cut), sceneFor(history)],
        input: `${early.length} labels, once without and once with everything that happened later`,
        expected: 'the same rows in both results',
        mismatch: ([before, after]) => futureMismatch(history, early, before as QueryResult, after as QueryResult),
      },
    ],
  };
}

/** Returns the requirement that rejects hard-coded results, because its history is generated from the seed. */
const agreesWithCount = (history: History): QueryRequirement => ({
  says: `agrees with a count of the plays for ${history.labels.length} generated labels`,
  why: 'Real histories combine all of these cases: late plays, equal times, and titles without a description.',
  cases: [
    {
      name: 'generated',
      scenes: [sceneFor(history)],
      input: `${history.labels.length} labels, ${history.plays.length} plays, ${history.ratings.length} ratings`,
      expected: 'one row per label, with the values of a count',
      mismatch: ([result]) => firstDifference(history, result as QueryResult),
    },
  ],
});

function firstDifference(history: History, result: QueryResult) {
  const found = rowsByKey(result);
  const wanted = Map.groupBy(history.labels, keyOf);
  for (const [key, labels] of wanted) {
    const [label] = labels as [Label];
    const rows = found.get(key) ?? [];
    const wrongCount = countMismatch(history, label, labels.length, result);
    if (wrongCount) return wrongCount;
    const expected = countFeatures(history, label);
    if (rows.some((row) => wrongColumns(row, expected, FEATURE_NAMES).length > 0)) {
      return valueMismatch(history, label, ALL, result) ?? ageMismatch(label, expected.title_ageDays, rows);
    }
  }
  const extra = result.rows.length - history.labels.length;
  if (extra === 0) return undefined;
  return {
    expected: `${history.labels.length} rows`,
    got: `${result.rows.length} rows, some for labels that do not exist`,
  };
}

const ageMismatch = (label: Label, expected: number | undefined, rows: readonly ResultRow[]) => ({
  input: labelText(label),
  expected: `title_ageDays ${expected}`,
  got: `title_ageDays ${rows.map(({ title_ageDays }) => title_ageDays).join(', ')}`,
  lookFor: ['title_ageDays'],
});

/** Returns the requirements that use generated histories. */
function generated(seed: number): QueryRequirement[] {
  const history = generatedHistory(seed);
  return [ignoresTheFuture(history), agreesWithCount(history)];
}

export const checkpoint = sqlCheckpoint({
  requirements: (seed) => [
    hasColumns,
    oneRowPerLabel,
    keepsNewcomers,
    keepsEqualKeys,
    asOfItsTime,
    withoutLabelledPlay,
    includesItsTime,
    countsUnplayedGenres,
    isSorted,
    ...generated(seed),
  ],
});
