import {
  BadLine,
  commaFields,
  countryOf,
  dayOf,
  idOf,
  nameAndYear,
  quoted,
  ratingOf,
  timeOf,
  yearOf,
} from './fields.ts';

export interface RatingLine {
  readonly userId: string;
  readonly titleId: string;
  /** Half-stars, 0.5 to 5. */
  readonly rating: number;
  /** UTC epoch milliseconds. */
  readonly ratedAt: number;
}

export interface TitleLine {
  readonly titleId: string;
  readonly name: string;
  readonly genres: readonly string[];
  /** UTC epoch milliseconds; null where the data does not say. */
  readonly releasedAt: number | null;
}

export interface UserLine {
  readonly userId: string;
  /** ISO 3166-1 alpha-2, or ZZ where it is unknown. */
  readonly country: string;
}

/** Reads one line. @throws BadLine */
export type LineParser<Row> = (line: string) => Row;

/** One kind of file. */
export interface FileForm<Row> {
  /** Whether the first line names the columns. */
  readonly header: boolean;
  /** Whether bytes that are not UTF-8 are Latin-1, as in the older data sets; elsewhere they are a fault. */
  readonly latin1?: true;
  /** Of the header line, where there is one. @param latest the greatest time that makes sense, epoch milliseconds */
  readonly parser: (header: string, latest: number) => LineParser<Row>;
}

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

/** @throws BadLine when the line has not as many fields as the form */
function exactly(count: number, fields: readonly string[], line: string): readonly string[] {
  if (fields.length === count) return fields;
  throw new BadLine({
    what: `${quoted(line)} has ${fields.length} ${fields.length === 1 ? 'field' : 'fields'}`,
    why: `lines of this file have ${count}`,
    fix: 'Complete the line, or remove it',
  });
}

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

const separated =
  <Row>(separator: string, count: number, toRow: (fields: readonly string[], latest: number) => Row) =>
  (_header: string, latest: number): LineParser<Row> =>
  (line) =>
    toRow(exactly(count, line.split(separator), line), latest);

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

/** A header line is there to be believed: columns are found by name, wherever they stand. @throws BadLine */
function columns(header: readonly string[], wanted: readonly string[], optional: readonly string[] = []): number[] {
  const missing = wanted.filter((name) => !header.includes(name));
  if (missing.length === 0) return [...wanted, ...optional].map((name) => header.indexOf(name));
  throw new BadLine({
    what: `the first line names no column ${missing.join(', ')}`,
    why: `it names ${quoted(header.join(' '))}, and columns are found by name`,
    fix: `Put a line with the names ${wanted.join(', ')} first`,
  });
}

type Split = (line: string) => string[];
const byName =
  <Row>(
    split: Split,
    wanted: readonly string[],
    toRow: (fields: readonly (string | undefined)[], latest: number) => Row,
    optional: readonly string[] = [],
  ) =>
  (header: string, latest: number): LineParser<Row> => {
    const names = split(header);
    const places = columns(names, wanted, optional);
    return (line) => {
      const fields = exactly(names.length, split(line), line);
      return toRow(
        places.map((place) => fields[place]),
        latest,
      );
    };
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
