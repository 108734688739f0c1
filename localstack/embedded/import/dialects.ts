import { BadLine, commaFields, countryOf, dayOf, idOf, nameAndYear, ratingOf, timeOf, yearOf } from './fields.ts';
import {
  byName,
  type FileForm,
  type RatingLine,
  type Split,
  separated,
  type TitleLine,
  type UserLine,
} from './forms.ts';

/** One of the forms in which MovieLens is published. */
export interface Dialect {
  readonly name: string;
  /** A file of ratings, by its name. */
  readonly isRatings: RegExp;
  /** Names of the other files beside it. */
  readonly titlesBeside: (ratingsFile: string) => string;
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
const NO_GENRE = new Set(['unknown', '(no genres listed)', '']);
const known = (genres: readonly string[]) => genres.filter((genre) => !NO_GENRE.has(genre));

function named(name: string | undefined, titleId: string): string {
  const MAX_NAME = 256;
  if (name && name.length <= MAX_NAME) return name;
  throw new BadLine({
    what: `the name of title ${titleId} has ${name?.length ?? 0} letters`,
    why: `a name has 1 to ${MAX_NAME}`,
    fix: 'Give the title a name, or remove the line',
  });
}

const rating = (fields: readonly (string | undefined)[], latest: number): RatingLine => ({
  userId: idOf(fields[0], 'user'),
  titleId: idOf(fields[1], 'title'),
  rating: ratingOf(fields[2]),
  ratedAt: timeOf(fields[3], latest),
});

function title(id: string | undefined, text: string | undefined, genres: readonly string[]): TitleLine {
  const titleId = idOf(id, 'title');
  const { name, releasedAt } = nameAndYear(text ?? '');
  return { titleId, name: named(name, titleId), genres: known(genres), releasedAt };
}

/** 100K: tabs and bars, Latin-1, genres as flags. */
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
      const row = title(
        id,
        name,
        GENRES_100K.filter((_, i) => flags[i] === '1'),
      );
      return { ...row, releasedAt: dayOf(day) ?? row.releasedAt };
    }),
  },
  users: {
    header: false,
    parser: separated('|', 5, ([id, , , , zip]) => ({ userId: idOf(id, 'user'), country: countryOf(zip) })),
  },
};

/** 1M and 10M: double colons, Latin-1. */
const ml1m: Dialect = {
  name: 'MovieLens 1M (ratings.dat)',
  isRatings: /^ratings\.dat$/,
  titlesBeside: () => 'movies.dat',
  usersBeside: () => 'users.dat',
  ratings: { header: false, parser: separated('::', 4, rating) },
  titles: {
    header: false,
    latin1: true,
    parser: separated('::', 3, ([id, name, genres]) => title(id, name, (genres ?? '').split('|'))),
  },
  users: {
    header: false,
    parser: separated('::', 5, ([id, , , , zip]) => ({ userId: idOf(id, 'user'), country: countryOf(zip) })),
  },
};

/** 20M, 25M, 32M and latest: comma-separated values. */
const csv: Dialect = {
  name: 'MovieLens as CSV (ratings.csv)',
  isRatings: /^ratings\.csv$/,
  titlesBeside: () => 'movies.csv',
  ratings: { header: true, parser: byName(commaFields, ['userId', 'movieId', 'rating', 'timestamp'], rating) },
  titles: {
    header: true,
    parser: byName(commaFields, ['movieId', 'title', 'genres'], ([id, name, genres]) =>
      title(id, name, (genres ?? '').split('|')),
    ),
  },
};

/** RecBole: tabs, and a header that names and types the columns. */
const tabFields: Split = (line) => line.split('\t');
const untyped = (header: string) => header.replaceAll(/:[a-z_]+/g, '');
const ofInter =
  <Row>(form: ReturnType<typeof byName<Row>>): ReturnType<typeof byName<Row>> =>
  (header, latest) =>
    form(untyped(header), latest);
const withEnding = (ending: string) => (ratingsFile: string) => ratingsFile.replace(/\.inter$/, ending);

const inter: Dialect = {
  name: 'RecBole (.inter)',
  isRatings: /\.inter$/,
  titlesBeside: withEnding('.item'),
  usersBeside: withEnding('.user'),
  ratings: { header: true, parser: ofInter(byName(tabFields, ['user_id', 'item_id', 'rating', 'timestamp'], rating)) },
  titles: {
    header: true,
    parser: ofInter(
      byName(
        tabFields,
        ['item_id', 'movie_title'],
        ([id, name, year, group, genre]) => {
          const row = title(id, name, (group ?? genre ?? '').split(' '));
          return { ...row, releasedAt: yearOf(year) ?? row.releasedAt };
        },
        ['release_year', 'class', 'genre'],
      ),
    ),
  },
  users: {
    header: true,
    parser: ofInter(
      byName(tabFields, ['user_id'], ([id, zip]) => ({ userId: idOf(id, 'user'), country: countryOf(zip) }), [
        'zip_code',
      ]),
    ),
  },
};

export const DIALECTS: readonly Dialect[] = [ml100k, ml1m, csv, inter];
