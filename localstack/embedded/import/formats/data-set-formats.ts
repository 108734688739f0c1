import {
  byName,
  type Column,
  type FileForm,
  type RatingLine,
  type Split,
  separated,
  type TitleLine,
  type UserLine,
} from './build-line-parsers.ts';
import { titleOf } from './build-title-or-report-invalid-field.ts';
import { timeOf } from './parse-epoch-seconds.ts';
import { BadLine, commaFields, countryOf, dayOf, idOf, ratingOf, yearOf } from './parse-fields.ts';

/** One of the formats in which MovieLens or RecBole publishes data sets. */
export interface Dialect {
  readonly name: string;
  /** Matches the name of a ratings file. */
  readonly isRatings: RegExp;
  /** Returns the name of the titles file that belongs to a ratings file. */
  readonly titlesBeside: (ratingsFile: string) => string;
  /** Returns the name of the users file that belongs to a ratings file. @default - the format has no users file */
  readonly usersBeside?: (ratingsFile: string) => string;
  readonly ratings: FileForm<RatingLine>;
  readonly titles: FileForm<TitleLine>;
  readonly users?: FileForm<UserLine>;
}

const GENRES_100K = [
  ...[
    'unknown',
    'Action',
    'Adventure',
    'Animation',
    "Children's",
    'Comedy',
    'Crime',
    'Documentary',
    'Drama',
    'Fantasy',
  ],
  ...['Film-Noir', 'Horror', 'Musical', 'Mystery', 'Romance', 'Sci-Fi', 'Thriller', 'War', 'Western'],
];
/** Matches values that mean "no genre"; `unkown` is RecBole's spelling. */
const NO_GENRE = /^(unknown|unkown)?$/;
/** Value for "no genre" in 20M and later. It is removed before RecBole's lists are split at spaces. */
const NONE_LISTED = '(no genres listed)';

/** Returns the genres that a field lists. */
const genresOf = (text: string | undefined, separator: string): string[] =>
  (text ?? '')
    .replaceAll(NONE_LISTED, '')
    .split(separator)
    .map((genre) => genre.trim())
    .filter((genre) => !NO_GENRE.test(genre));

const rating = (fields: readonly (string | undefined)[], latest: number): RatingLine => ({
  userId: idOf(fields[0], 'user'),
  titleId: idOf(fields[1], 'title'),
  rating: ratingOf(fields[2]),
  ratedAt: timeOf(fields[3], latest),
});

/** MovieLens 100K: separated by tabs and bars, Latin-1, genres as flags. */
const ml100k: Dialect = {
  name: 'MovieLens 100K (u.data)',
  isRatings: /^u\.data$/,
  titlesBeside: () => 'u.item',
  usersBeside: () => 'u.user',
  ratings: { header: false, parser: separated('\t', 4, rating) },
  titles: {
    header: false,
    latin1: true,
    parser: separated('|', 5 + GENRES_100K.length, ([id, name, day, , , ...flags]) => {
      const genres = GENRES_100K.filter((genre, i) => flags[i] === '1' && !NO_GENRE.test(genre));
      return titleOf(id, name, genres, dayOf(day));
    }),
  },
  users: {
    header: false,
    parser: separated('|', 5, ([id, , , , zip]) => ({ userId: idOf(id, 'user'), country: countryOf(zip) })),
  },
};

/** MovieLens 1M and 10M: separated by double colons, Latin-1. */
const ml1m: Dialect = {
  name: 'MovieLens 1M (ratings.dat)',
  isRatings: /^ratings\.dat$/,
  titlesBeside: () => 'movies.dat',
  usersBeside: () => 'users.dat',
  ratings: { header: false, parser: separated('::', 4, rating) },
  titles: {
    header: false,
    latin1: true,
    parser: separated('::', 3, ([id, name, genres]) => titleOf(id, name, genresOf(genres, '|'))),
  },
  users: {
    header: false,
    parser: separated('::', 5, ([id, , , , zip]) => ({ userId: idOf(id, 'user'), country: countryOf(zip) })),
  },
};

/** MovieLens 20M, 25M, 32M and latest: comma-separated values. */
const csv: Dialect = {
  name: 'MovieLens as CSV (ratings.csv)',
  isRatings: /^ratings\.csv$/,
  titlesBeside: () => 'movies.csv',
  ratings: { header: true, parser: byName(commaFields, [['userId'], ['movieId'], ['rating'], ['timestamp']], rating) },
  titles: {
    header: true,
    parser: byName(commaFields, [['movieId'], ['title'], ['genres']], ([id, name, genres]) =>
      titleOf(id, name, genresOf(genres, '|')),
    ),
  },
};

/** RecBole: separated by tabs, with a header of column names and types. Names differ between its data sets. */
const tabFields: Split = (line) => line.split('\t');
const untyped = (header: string) => header.replaceAll(/:[a-z_]+/g, '');
const ofRecBole =
  <Row>(form: ReturnType<typeof byName<Row>>): ReturnType<typeof byName<Row>> =>
  (header, latest) =>
    form(untyped(header), latest);
const withEnding = (ending: string) => (ratingsFile: string) => ratingsFile.replace(/\.inter$/, ending);

const NAME: Column = ['movie_title', 'movie_name', 'title', 'name'];
const YEAR: Column = ['release_year', 'year'];
const GENRES: Column = ['genre', 'genres', 'class', 'type'];

const recBoleTitles = ofRecBole(
  byName(
    tabFields,
    [['item_id'], NAME],
    ([id, name, year, genres]) => titleOf(id, name, genresOf(genres, ' '), yearOf(year)),
    [YEAR, GENRES],
  ),
);

/**
 * Rejects headers with a list column of unknown name: it may contain the genres, which must not be lost silently.
 *
 * @throws BadLine
 */
function mustKnowGenres(header: string): void {
  const columns = tabFields(header).map((column) => column.split(':'));
  if (columns.some(([name = '']) => GENRES.includes(name))) return;
  const unknown = columns.find(([name = '', type]) => type === 'token_seq' && !NAME.includes(name));
  if (!unknown) return;
  throw new BadLine({
    what: `the first line has no column ${GENRES.slice(0, -1).join(', ')} or ${GENRES.at(-1)}`,
    why: `the column ${unknown[0]} contains lists, which may be the genres`,
    fix: `Rename ${unknown[0]} to genre, or remove the column`,
  });
}

const inter: Dialect = {
  name: 'RecBole (.inter)',
  isRatings: /\.inter$/,
  titlesBeside: withEnding('.item'),
  usersBeside: withEnding('.user'),
  ratings: {
    header: true,
    parser: ofRecBole(byName(tabFields, [['user_id'], ['item_id'], ['rating'], ['timestamp']], rating)),
  },
  titles: {
    header: true,
    parser: (header, latest) => {
      const parser = recBoleTitles(header, latest);
      mustKnowGenres(header);
      return parser;
    },
  },
  users: {
    header: true,
    parser: ofRecBole(
      byName(tabFields, [['user_id']], ([id, zip]) => ({ userId: idOf(id, 'user'), country: countryOf(zip) }), [
        ['zip_code'],
      ]),
    ),
  },
};

export const DIALECTS: readonly Dialect[] = [ml100k, ml1m, csv, inter];
