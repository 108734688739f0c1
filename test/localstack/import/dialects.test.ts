import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DIALECTS, type Dialect } from '../../../localstack/embedded/import/dialects.ts';
import { BadLine, commaFields, countryOf, dayOf, nameAndYear } from '../../../localstack/embedded/import/fields.ts';
import type { FileForm } from '../../../localstack/embedded/import/forms.ts';

const LATEST = Date.UTC(2026, 0, 1);
const dialectOf = (file: string): Dialect => {
  const found = DIALECTS.find(({ isRatings }) => isRatings.test(file));
  if (!found) throw new Error(`no dialect reads ${file}`);
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
  throw new Error('the line was taken');
};

/** A file name, its header and how one rating is written there. */
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
  it.each(RATINGS)('of %s is read as it was written (%s)', (file, header, written) => {
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

  it.each(RATINGS)('of %s is refused with reasons, or read, but never breaks the reader (%s)', (file, header) => {
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
    ['196\t242\t6\t881250949', /rating is "6"/],
    ['196\t242\t0\t881250949', /rating is "0"/],
    ['196\t242\t3.3\t881250949', /rating is "3.3"/],
    ['196\t242\tNaN\t881250949', /rating is "NaN"/],
    ['196\t\t3\t881250949', /title is ""/],
    ['a b\t242\t3\t881250949', /user is "a b"/],
    ['196\t242\t3\t9999999999', /timestamp is "9999999999"/],
    ['196\t242\t3\t0x34', /timestamp is "0x34"/],
  ])('is refused by what is wrong with it: %j', (line, what) => {
    expect(faultOf(() => parse(dialectOf('u.data').ratings, line)).what).toMatch(what);
  });

  it('is told apart when its time is in milliseconds', () => {
    expect(faultOf(() => parse(dialectOf('u.data').ratings, '1\t2\t3\t881250949000')).why).toMatch(/milliseconds/);
  });

  it('needs the columns that the header does not name', () => {
    expect(faultOf(() => parse(dialectOf('ratings.csv').ratings, '', 'user,movieId,rating')).what).toMatch(
      /no column userId, timestamp/,
    );
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
  ])('means the same film beside %s', (file, line, header) => {
    expect(parse(dialectOf(file).titles, line, header)).toEqual(toyStory);
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

  it.each(['1,,Drama', `1,${'x'.repeat(257)},Drama`])('needs a name of a length that can be kept', (line) => {
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

  it('with quotes that do not match are refused', () => {
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
  ])('that hold the postal code %j mean the country %s', (code, country) => {
    expect(countryOf(code)).toBe(country);
  });

  it.each([
    ['01-Jan-1995', Date.UTC(1995, 0, 1)],
    ['4-Feb-1971', Date.UTC(1971, 1, 4)],
    ['', null],
    ['1995-01-01', null],
    ['01-Foo-1995', null],
  ])('that hold the day %j mean %s', (text, at) => {
    expect(dayOf(text)).toBe(at);
  });

  it('keep brackets in a name that are no year', () => {
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
  ])('beside %s gives the country that its postal code has the form of', (file, line, header, country) => {
    expect(parse(dialectOf(file).users, line, header)).toEqual({ userId: '1', country });
  });
});
