import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TitleEvent } from '#domain/worlds/films/film-events.ts';
import type { FileForm, TitleLine } from '../../../localstack/embedded/import/formats/build-line-parsers.ts';
import { DIALECTS, type Dialect } from '../../../localstack/embedded/import/formats/data-set-formats.ts';
import {
  BadLine,
  commaFields,
  countryOf,
  dayOf,
  nameAndYear,
} from '../../../localstack/embedded/import/formats/parse-fields.ts';

const LATEST = Date.UTC(2026, 0, 1);
const dialectOf = (file: string): Dialect => {
  const found = DIALECTS.find(({ isRatings }) => isRatings.test(file));
  if (!found) throw new Error(`no format matches ${file}`);
  return found;
};
const parse = <Row>(form: FileForm<Row> | undefined, line: string, header = ''): Row =>
  (form as FileForm<Row>).parser(header, LATEST)(line);
const faultOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    if (error instanceof BadLine) return error.fault;
    throw error;
  }
  throw new Error('the line was accepted');
};

/** File name, header, and a function that writes one rating in that format. */
const RATINGS = [
  ['u.data', '', (u: string, t: string, r: number, s: number) => `${u}\t${t}\t${r}\t${s}`],
  ['ratings.dat', '', (u: string, t: string, r: number, s: number) => `${u}::${t}::${r}::${s}`],
  [
    'ratings.csv',
    'userId,movieId,rating,timestamp',
    (u: string, t: string, r: number, s: number) => `${u},${t},${r},${s}`,
  ],
  [
    'ratings.csv',
    'timestamp,userId,extra,movieId,rating',
    (u: string, t: string, r: number, s: number) => `${s},${u},"a, b",${t},${r}`,
  ],
  [
    'a.inter',
    'user_id:token\titem_id:token\trating:float\ttimestamp:float',
    (u: string, t: string, r: number, s: number) => `${u}\t${t}\t${r.toFixed(1)}\t${s}.0`,
  ],
] as const;

const id = fc.stringMatching(/^[A-Za-z0-9._~-]{1,64}$/);
const halfStars = fc.integer({ min: 1, max: 10 }).map((half) => half / 2);
const second = fc.integer({ min: Date.UTC(1990, 0, 1) / 1000, max: LATEST / 1000 });

describe('a line with a rating', () => {
  it.each(RATINGS)('of %s is parsed as it was written (%s)', (file, header, written) => {
    fc.assert(
      fc.property(id, id, halfStars, second, (userId, titleId, rating, at) => {
        expect(parse(dialectOf(file).ratings, written(userId, titleId, rating, at), header)).toEqual({
          userId,
          titleId,
          rating,
          ratedAt: at * 1000,
        });
      }),
    );
  });

  it.each(RATINGS)('of %s is parsed or rejected with reasons, but never crashes the parser (%s)', (file, header) => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (line) => {
        try {
          parse(dialectOf(file).ratings, line, header);
        } catch (error) {
          expect(error).toBeInstanceOf(BadLine);
          const { what, why, fix } = (error as BadLine).fault;
          expect([what, why, fix].every((text) => text.length > 0 && !text.includes('\n'))).toBe(true);
        }
      }),
    );
  });

  it.each([
    ['196\t242\t3', /has 3 fields/],
    ['196\t242\t6\t881250949', /the rating "6" is invalid/],
    ['196\t242\t0\t881250949', /the rating "0" is invalid/],
    ['196\t242\t3.3\t881250949', /the rating "3.3" is invalid/],
    ['196\t242\tNaN\t881250949', /the rating "NaN" is invalid/],
    ['196\t\t3\t881250949', /the title id "" is invalid/],
    ['a b\t242\t3\t881250949', /the user id "a b" is invalid/],
    ['196\t242\t3\t9999999999', /the time "9999999999" is invalid/],
    ['196\t242\t3\t0x34', /the time "0x34" is invalid/],
  ])('is rejected with its error: %j', (line, what) => {
    expect(faultOf(() => parse(dialectOf('u.data').ratings, line)).what).toMatch(what);
  });

  it.each([
    ['881250949', 881_250_949_000],
    ['881250949.0', 881_250_949_000],
    ['1076162400.168', 1_076_162_400_168],
    ['1076162400.169', 1_076_162_400_169],
    ['1076162400.17', 1_076_162_400_170],
    ['1076162400.170000', 1_076_162_400_170],
  ])('has the time %s to the millisecond', (text, at) => {
    expect(parse(dialectOf('u.data').ratings, `1\t2\t3\t${text}`)).toMatchObject({ ratedAt: at });
  });

  it('keeps every millisecond of a decimal time', () => {
    const millisecond = fc.integer({ min: Date.UTC(1990, 0, 1), max: LATEST });
    fc.assert(
      fc.property(millisecond, fc.nat(3), (at, zeros) => {
        const digits = String(at);
        const text = `${digits.slice(0, -3)}.${digits.slice(-3)}${'0'.repeat(zeros)}`;
        expect(parse(dialectOf('u.data').ratings, `1\t2\t3\t${text}`)).toMatchObject({ ratedAt: at });
      }),
    );
  });

  it.each([
    ['881250949000', 'the time seems to be in milliseconds, but times must be in seconds', 'by 1000'],
    ['881250949000.5', 'the time seems to be in milliseconds, but times must be in seconds', 'by 1000'],
    ['881250949000000', 'the time seems to be in microseconds, but times must be in seconds', 'by 1000000'],
    ['881250949000000000', 'the time seems to be in nanoseconds, but times must be in seconds', 'by 1000000000'],
    [
      '1076162400.1684',
      'the time has more than three decimals, but events are stored in milliseconds',
      'three decimals',
    ],
    ['4102444800', 'as seconds, it is in the future', 'seconds since'],
    ['9'.repeat(400), 'as seconds, it is in the future', 'seconds since'],
    ['0', 'as seconds, it is before 1990', 'seconds since'],
    ['0.25', 'as seconds, it is before 1990', 'seconds since'],
    ['-881250949', 'it is negative', 'seconds since'],
    ['8.81250949e+08', 'it is in scientific notation, which may have lost its last digits', 'seconds since'],
    ['8E8', 'it is in scientific notation, which may have lost its last digits', 'seconds since'],
    ['"881250949"', 'it is in quotes, and this file has no quoted fields', 'seconds since'],
    ['NaN', 'it is not a decimal number of seconds', 'seconds since'],
    ['Infinity', 'it is not a decimal number of seconds', 'seconds since'],
    ['1997-12-04', 'it is not a decimal number of seconds', 'seconds since'],
    [' 881250949', 'it is not a decimal number of seconds', 'seconds since'],
    ['', 'the field is empty', 'seconds since'],
  ])('is rejected with the unit or notation that its time seems to have: %j', (text, why, fix) => {
    const fault = faultOf(() => parse(dialectOf('u.data').ratings, `1\t2\t3\t${text}`));
    expect(fault.why).toBe(why);
    expect(fault.fix).toContain(fix);
  });

  it.each([
    ['3', 3],
    ['3.0', 3],
    ['03.50', 3.5],
    ['0.5', 0.5],
    ['5.000', 5],
  ])('has the rating %s in half-stars', (text, rating) => {
    expect(parse(dialectOf('u.data').ratings, `1\t2\t${text}\t881250949`)).toMatchObject({ rating });
  });

  it.each(['-3', '5.5', '0.0', '3e0', '4.00000000000000000001', '"3"', '3,5', '+3', ''])(
    'is rejected for its rating: %j',
    (text) => {
      const fault = faultOf(() => parse(dialectOf('u.data').ratings, `1\t2\t${text}\t881250949`));
      expect(fault.what).toBe(`the rating ${JSON.stringify(text)} is invalid`);
    },
  );

  it('may have quoted numbers if the file is comma-separated', () => {
    const line = '"1","2","3.5","881250949"';
    expect(parse(dialectOf('ratings.csv').ratings, line, '"userId","movieId","rating","timestamp"')).toMatchObject({
      rating: 3.5,
      ratedAt: 881_250_949_000,
    });
  });

  it('is shown in errors with escapes for invisible characters', () => {
    const fault = faultOf(() => parse(dialectOf('u.data').ratings, '\ufeff1\t2\t3\t881250949'));
    expect(fault.what).toBe('the user id "\\u{feff}1" is invalid');
  });

  it('is rejected if the header lacks a column', () => {
    expect(faultOf(() => parse(dialectOf('ratings.csv').ratings, '', 'user,movieId,rating')).what).toMatch(
      /no column userId, timestamp/,
    );
  });

  it('is rejected if the header contains a column twice', () => {
    const fault = faultOf(() => parse(dialectOf('ratings.csv').ratings, '', 'userId,movieId,rating,rating,timestamp'));
    expect(fault.what).toBe('the first line contains the column rating twice');
  });
});

describe('a line with a title', () => {
  const flags = ['0', '0', '0', '1', '1', '1', ...Array.from({ length: 13 }, () => '0')].join('|');
  const toyStory = {
    titleId: '1',
    name: 'Toy Story',
    genres: ['Animation', "Children's", 'Comedy'],
    releasedAt: Date.UTC(1995, 0, 1),
  };

  it.each([
    ['u.data', `1|Toy Story (1995)|01-Jan-1995||http://example.org|${flags}`, ''],
    ['ratings.dat', "1::Toy Story (1995)::Animation|Children's|Comedy", ''],
    ['ratings.csv', "1,Toy Story (1995),Animation|Children's|Comedy", 'movieId,title,genres'],
    [
      'a.inter',
      "1\tToy Story\t1995\tAnimation Children's Comedy",
      'item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq',
    ],
  ])('gives the same film in the format of %s', (file, line, header) => {
    expect(parse(dialectOf(file).titles, line, header)).toEqual(toyStory);
  });

  it.each([
    'item_id:token\tmovie_title:token\trelease_year:token\tgenre:token_seq',
    'item_id:token\tmovie_name:token_seq\trelease_year:token\ttype:token_seq',
    'item_id:token\ttitle:token_seq\tyear:float\tgenres:token_seq',
    'item_id\tname\trelease_year\tgenre',
  ])('gives the same film under the column names of RecBole’s data sets: %s', (header) => {
    const line = "1\tToy Story\t1995.0\tAnimation Children's Comedy";
    expect(parse(dialectOf('a.inter').titles, line, header)).toEqual(toyStory);
  });

  it('has the genres of the column genre, even if another column is called type', () => {
    const header = 'type:token\titem_id:token\tgenre:token_seq\tname:token_seq';
    expect(parse(dialectOf('a.inter').titles, 'TV\t1\tDrama War\tFirst', header)).toMatchObject({
      genres: ['Drama', 'War'],
    });
  });

  it.each([
    ['item_id:token\tlabel:token_seq', /no column movie_title \(or movie_name, title, name\)/, /Rename the columns/],
    [
      'item_id:token\ttitle:token\tcategories:token_seq',
      /no column genre, genres, class or type/,
      /Rename categories to genre/,
    ],
  ])('is rejected if the header contains its name or genres under an unknown name: %s', (header, what, fix) => {
    const fault = faultOf(() => parse(dialectOf('a.inter').titles, '', header));
    expect(fault.what).toMatch(what);
    expect(fault.fix).toMatch(fix);
  });

  it.each(['(no genres listed)', 'unknown', 'unkown', '', ' '])('has no genre if the field contains %j', (genres) => {
    const [spaces, bars] = [dialectOf('a.inter').titles, dialectOf('ratings.csv').titles];
    const header = 'item_id:token\tmovie_title:token_seq\tgenre:token_seq';
    expect(parse(spaces, `1\tFirst\t${genres}`, header)).toMatchObject({ genres: [] });
    expect(parse(bars, `1,First,${genres}`, 'movieId,title,genres')).toMatchObject({ genres: [] });
  });

  it.each([
    [`1,First,${'x'.repeat(65)}`, /title 1 has the invalid genre "x{40}…"/, /1 to 64 characters/],
    [
      `1,First,${Array.from({ length: 21 }, (_, i) => `g${i}`).join('|')}`,
      /title 1 has 21 genres/,
      /at most 20 genres/,
    ],
    ['1,Late (3001),Drama', /title 1 has the invalid release date 3001-01-01/, /between 1870-01-01 and 2100-01-01/],
    ['1,La\tte (1990),Drama', /title 1 has the invalid name "La\\tte"/, /no control characters/],
    ['1,Late (1990),Dra\u0007ma', /title 1 has the invalid genre "Dra\\u0007ma"/, /no control characters/],
    ['1,\ud800 (1990),Drama', /title 1 has the invalid name/, /half of a surrogate pair/],
  ])('is rejected if the service would reject the title: %j', (line, what, why) => {
    const fault = faultOf(() => parse(dialectOf('ratings.csv').titles, line, 'movieId,title,genres'));
    expect(fault.what).toMatch(what);
    expect(fault.why).toMatch(why);
  });

  it('is one that the service accepts, or is rejected', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 60, maxLength: 300 }));
    const year = fc.integer({ min: 0, max: 9_999 }).map((n) => String(n).padStart(4, '0'));
    fc.assert(
      fc.property(id, text, year, fc.array(text, { maxLength: 25 }), (titleId, name, released, genres) => {
        const fields = [titleId, `${name} (${released})`, genres.join('|')].map(
          (field) => `"${field.replaceAll('"', '""')}"`,
        );
        try {
          const { releasedAt, ...title } = parse<TitleLine>(
            dialectOf('ratings.csv').titles,
            fields.join(','),
            'movieId,title,genres',
          );
          const times = { occurredAt: LATEST, sentAt: LATEST, releasedAt: releasedAt ?? LATEST };
          expect(TitleEvent.safeParse({ type: 'title', eventId: 'e', ...times, ...title }).success).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(BadLine);
        }
      }),
    );
  });

  it('may have commas and quotes in its name, no year and no genre', () => {
    const line = '7,"Say ""Hello"", Wave",(no genres listed)';
    expect(parse(dialectOf('ratings.csv').titles, line, 'movieId,title,genres')).toEqual({
      titleId: '7',
      name: 'Say "Hello", Wave',
      genres: [],
      releasedAt: null,
    });
  });

  it.each(['1,,Drama', `1,${'x'.repeat(257)},Drama`])('needs a name of valid length', (line) => {
    expect(faultOf(() => parse(dialectOf('ratings.csv').titles, line, 'movieId,title,genres')).why).toMatch(/1 to 256/);
  });
});

describe('fields', () => {
  it('of comma-separated values survive quoting', () => {
    const plain = fc.string().filter((text) => !/[\r\n]/.test(text));
    const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
    fc.assert(
      fc.property(fc.array(plain, { minLength: 1 }), (fields) => {
        expect(commaFields(fields.map(quote).join(','))).toEqual(fields);
      }),
    );
  });

  it('with quotes that do not match are rejected', () => {
    expect(faultOf(() => commaFields('1,"a,2')).what).toMatch(/quotes/);
  });

  it.each([
    ['85711', 'US'],
    ['06405-1234', 'US'],
    ['T8H1N', 'CA'],
    ['V3N 4P1', 'CA'],
    ['', 'ZZ'],
    ['none', 'ZZ'],
    [undefined, 'ZZ'],
  ])('with the postal code %j belong to the country %s', (code, country) => {
    expect(countryOf(code)).toBe(country);
  });

  it.each([
    ['01-Jan-1995', Date.UTC(1995, 0, 1)],
    ['4-Feb-1971', Date.UTC(1971, 1, 4)],
    ['', null],
    ['1995-01-01', null],
    ['01-Foo-1995', null],
  ])('with the day %j become %s', (text, at) => {
    expect(dayOf(text)).toBe(at);
  });

  it('keep brackets in a name that do not contain a year', () => {
    expect(nameAndYear('Seven (Se7en) (1995)')).toEqual({ name: 'Seven (Se7en)', releasedAt: Date.UTC(1995, 0, 1) });
    expect(nameAndYear('Babylon 5 (1200)')).toEqual({ name: 'Babylon 5', releasedAt: null });
    expect(nameAndYear('unknown')).toEqual({ name: 'unknown', releasedAt: null });
  });
});

describe('a line with a user', () => {
  it.each([
    ['u.data', '1|24|M|technician|85711', '', 'US'],
    ['ratings.dat', '1::F::1::10::48067', '', 'US'],
    [
      'a.inter',
      '1\t24\tM\tother\tV3N4P',
      'user_id:token\tage:token\tgender:token\toccupation:token\tzip_code:token',
      'CA',
    ],
    ['a.inter', '1', 'user_id:token', 'ZZ'],
  ])('in the format of %s gives the country of its postal code', (file, line, header, country) => {
    expect(parse(dialectOf(file).users, line, header)).toEqual({ userId: '1', country });
  });
});
