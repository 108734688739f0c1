import type { Cell, InputTable, Scene } from '../../../../academy/runners/sql/sql-checkpoint.ts';
import { MACROS } from './read-feature-macros-sql.ts';

/** A play. It enters the features at `knownAt`, and leaves the seven-day counts at `outOfWeek`. UTC epoch ms. */
export interface Play {
  readonly user: number;
  readonly title: number;
  readonly knownAt: number;
  readonly outOfWeek: number;
}

export interface Rating {
  readonly user: number;
  readonly title: number;
  readonly stars: number;
  readonly knownAt: number;
}

export interface Label {
  readonly user: number;
  readonly title: number;
  /** UTC epoch ms. */
  readonly occurredAt: number;
  readonly knownAt: number;
  /** 1 played, 0 not. */
  readonly label: 0 | 1;
}

/** A title that has a description. Others have only a number. */
export interface Title {
  readonly genres: readonly string[];
  readonly releasedAt: number;
}

/** Ids of users and titles differ from their numbers, so that a query that confuses the two fails. */
const FIRST_ID = 1_222;

/** Everything that the tables of a scene are computed from. Users and titles are numbers from 1. */
export interface History {
  readonly users: number;
  /** One per title; undefined for a title without a description. */
  readonly titles: readonly (Title | undefined)[];
  readonly plays: readonly Play[];
  readonly ratings: readonly Rating[];
  /** In the order of the table, which is not the order of the result. */
  readonly labels: readonly Label[];
}

export const userId = (user: number): string => `u-${String(FIRST_ID + user).padStart(5, '0')}`;
export const titleId = (title: number): string => `t-${FIRST_ID + title}`;

/**
 * Weight of one play in user_genre_plays: a multiple of each integer from 1 to 20, so that up to 20 genres get equal
 * integer weights.
 */
const WHOLE_PLAY = 232_792_560;
const ID = { userNo: 'INTEGER', titleNo: 'INTEGER', genreNo: 'INTEGER', since: 'BIGINT' } as const;
const SUMS = { plays7d: 'INTEGER', playsTotal: 'INTEGER', stars: 'DOUBLE', ratings: 'INTEGER', tagged: 'INTEGER' };

/** Returns the tables of a history, in the form in which the feature job has them. */
export const sceneOf = (history: History): Scene => ({
  tables: [
    labelsTable(history),
    usersTable(history),
    ...titleTables(history),
    genrePlaysTable(history),
    changesTable(history, 'user', 'user_changes'),
    changesTable(history, 'title', 'title_plays_and_ratings'),
  ],
  after: MACROS,
});

const labelsTable = ({ labels }: History): InputTable => ({
  name: 'labels',
  columns: {
    ...{ userNo: ID.userNo, titleNo: ID.titleNo, occurredAt: 'BIGINT', knownAt: 'BIGINT', label: 'TINYINT' },
    number: 'BIGINT',
  },
  rows: labels.map((each, i) => [each.user, each.title, each.occurredAt, each.knownAt, each.label, i + 1]),
});

const usersTable = ({ users }: History): InputTable => ({
  name: 'users',
  columns: { userId: 'VARCHAR', userNo: ID.userNo },
  rows: Array.from({ length: users }, (_, i) => [userId(i + 1), i + 1]),
});

function titleTables({ titles }: History): InputTable[] {
  const described = titles.flatMap((title, i) => (title ? [{ ...title, no: i + 1 }] : []));
  const genres = genresOf(titles);
  return [
    {
      name: 'title_numbers',
      columns: { titleId: 'VARCHAR', titleNo: ID.titleNo },
      rows: titles.map((_, i) => [titleId(i + 1), i + 1]),
    },
    {
      name: 'titles',
      columns: { titleId: 'VARCHAR', titleNo: ID.titleNo, releasedAt: 'BIGINT' },
      rows: described.map(({ no, releasedAt }) => [titleId(no), no, releasedAt]),
    },
    {
      name: 'title_genres',
      columns: { titleNo: ID.titleNo, genre: 'VARCHAR', genreNo: ID.genreNo },
      rows: described.flatMap((title) => title.genres.map((genre) => [title.no, genre, genres.indexOf(genre) + 1])),
    },
  ];
}

/** Returns all genres in their order: the number of a genre is its position, from 1. */
const genresOf = (titles: History['titles']): string[] =>
  [...new Set(titles.flatMap((title) => title?.genres ?? []))].sort();

export const genresOfTitle = ({ titles }: History, title: number): readonly string[] => titles[title - 1]?.genres ?? [];

/**
 * Returns the changes of each user or each title. As in production, two events at the same time make two equal rows.
 */
function changesTable(history: History, of: 'user' | 'title', name: string): InputTable {
  const keys = of === 'user' ? history.users : history.titles.length;
  const rows = Array.from({ length: keys }, (_, i) => changesOf(history, of, i + 1)).flat();
  return { name, columns: { [`${of}No`]: 'INTEGER', since: ID.since, ...SUMS }, rows };
}

/** Returns one row per change: key, since, plays7d, playsTotal, stars, ratings, tagged. */
export function changesOf(history: History, of: 'user' | 'title', key: number): Cell[][] {
  const plays = history.plays.filter((play) => play[of] === key);
  const ratings = history.ratings.filter((rating) => rating[of] === key);
  const times = [
    ...plays.flatMap(({ knownAt, outOfWeek }) => [knownAt, outOfWeek]),
    ...ratings.map(({ knownAt }) => knownAt),
  ];
  return times
    .sort((a, b) => a - b)
    .map((since) => {
      const known = plays.filter(({ knownAt }) => knownAt <= since);
      const rated = ratings.filter(({ knownAt }) => knownAt <= since);
      const inWeek = known.filter(({ outOfWeek }) => outOfWeek > since);
      const tagged = known.filter(({ title }) => genresOfTitle(history, title).length > 0);
      const stars = rated.reduce((sum, rating) => sum + rating.stars, 0);
      return [key, since, inWeek.length, known.length, stars, rated.length, tagged.length];
    });
}

function genrePlaysTable(history: History): InputTable {
  const genres = genresOf(history.titles);
  const columns = { userNo: ID.userNo, genreNo: ID.genreNo, since: ID.since, weight: 'DOUBLE' };
  const rows = Array.from({ length: history.users }, (_, i) => genreChangesOf(history, i + 1)).flat();
  const numbered = rows.map(([user, genre, ...rest]) => [user as Cell, genres.indexOf(String(genre)) + 1, ...rest]);
  return { name: 'user_genre_plays', columns, rows: numbered };
}

/** Returns one row per play and genre of a user: userNo, genre, since, weight. */
export function genreChangesOf(history: History, user: number): Cell[][] {
  const plays = history.plays.filter((play) => play.user === user);
  return genresOf(history.titles).flatMap((genre) => {
    const ofGenre = plays.flatMap(({ title, knownAt }) => {
      const genres = genresOfTitle(history, title);
      return genres.includes(genre) ? [{ knownAt, weight: WHOLE_PLAY / genres.length }] : [];
    });
    return ofGenre
      .map(({ knownAt }) => knownAt)
      .sort((a, b) => a - b)
      .map((since) => {
        const known = ofGenre.filter(({ knownAt }) => knownAt <= since);
        return [user, genre, since, known.reduce((sum, { weight }) => sum + weight, 0)];
      });
  });
}
