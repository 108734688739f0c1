import { textTable } from '../../../../academy/runners/sql/create-and-format-tables.ts';
import {
  changesOf,
  genreChangesOf,
  genresOfTitle,
  type History,
  type Label,
  titleId,
  userId,
} from './convert-history-to-tables.ts';

/** The tables from which a feature is computed. */
export type Source = 'user' | 'title' | 'genres';

const INDENT = '      ';
/** Maximum number of changes that are shown on each side of a label. */
const NEAR = 2;
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Formats a time in UTC, such as "Mon 5 Jan 20:00". Seconds are shown if there are any. */
export function timeText(at: number): string {
  const date = new Date(at);
  const clock = date.toISOString().slice('2026-01-05T'.length, -1);
  const short = clock.endsWith(':00.000') ? clock.slice(0, 'hh:mm'.length) : clock;
  return `${DAYS[date.getUTCDay()]} ${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${short}`;
}

/** Returns the labels and the changes next to their time, as small tables on lines of their own. */
export function inputOf(history: History, labels: readonly Label[], sources: readonly Source[]): string {
  const [first] = labels as readonly [Label];
  const blocks = [`labels\n${labelsText(labels)}`, ...sources.map((source) => changesText(history, first, source))];
  return `\n${blocks.join('\n').replaceAll(/^/gm, INDENT)}`;
}

const labelsText = (labels: readonly Label[]): string =>
  textTable(
    ['userNo', 'titleNo', 'occurredAt', 'label'],
    labels.map(({ user, title, occurredAt, label }) => [user, title, timeText(occurredAt), label]),
  );

function changesText(history: History, label: Label, source: Source): string {
  if (source === 'genres') return genresText(history, label);
  const key = label[source];
  const name = source === 'user' ? 'user_changes' : 'title_plays_and_ratings';
  const all = changesOf(history, source, key);
  const rows = near(all, label.occurredAt, SINCE);
  const heading = `${name} of ${source}No ${key}`;
  if (rows.length === 0) return `${heading}: no rows`;
  const columns = ['since', 'plays7d', 'playsTotal', 'stars', 'ratings', 'tagged'];
  return `${heading}${leftOut(rows, all)}\n${textTable(
    columns,
    rows.map(([, since, ...sums]) => [timeText(Number(since)), ...sums]),
  )}`;
}

/** Says that not all rows are shown. */
const leftOut = (shown: readonly unknown[], all: readonly unknown[]): string =>
  shown.length === all.length ? '' : `, ${shown.length} of ${all.length} rows`;

/** Index of the column `since` in a row of changes. */
const SINCE = 1;
const [GENRE, GENRE_SINCE] = [1, 2];

function genresText(history: History, label: Label): string {
  const genres = genresOfTitle(history, label.title);
  const rows = genreChangesOf(history, label.user).filter(([, genre]) => genres.includes(String(genre)));
  const shown = genres.flatMap((genre) =>
    near(
      rows.filter((row) => row[GENRE] === genre),
      label.occurredAt,
      GENRE_SINCE,
    ),
  );
  const heading = `genres of titleNo ${label.title}: ${genres.join(', ') || 'none'}; user_genre_plays of userNo ${label.user}`;
  if (shown.length === 0) return `${heading}: no rows`;
  const cells = shown.map(([, genre, since, weight]) => [genre, timeText(Number(since)), weight]);
  return `${heading}${leftOut(shown, rows)}\n${textTable(['genre', 'since', 'weight'], cells)}`;
}

/** Returns the last rows up to a time, and the first ones after it. */
function near<Row extends readonly unknown[]>(rows: readonly Row[], at: number, since: number): Row[] {
  const before = rows.filter((row) => Number(row[since]) <= at);
  const after = rows.filter((row) => Number(row[since]) > at);
  return [...before.slice(-NEAR), ...after.slice(0, NEAR)];
}

/** Formats a label as text. */
export const labelText = ({ user, title, occurredAt, label }: Label): string =>
  `${userId(user)}, ${titleId(title)}, ${timeText(occurredAt)}, label ${label}`;

const DECIMALS = 3;
/** Formats the value of a feature. A string is quoted, so that it does not look like a number. */
export function valueText(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value !== 'number') return String(value);
  return Number.isInteger(value) ? String(value) : value.toFixed(DECIMALS);
}
