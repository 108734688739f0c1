import { globSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkpoint } from '../../../../stories/movie-recommender/02-feature-engineering/02-as-it-was-then/check.ts';

const SEED = 7;
const FOLDER = resolve(import.meta.dirname, '../../wrong-files/02.2-labelled-features');
/** Milliseconds for one check on a busy machine. */
const timeout = 60_000;

/** Files that DuckDB or the runner rejects: what the message names, its reason or fix, and the line. */
const PROBLEMS: Readonly<Record<string, [what: RegExp, help: RegExp, line?: number]>> = {
  'asof-with-a-constant': [/Missing ASOF JOIN inequality/, /a time of each table/],
  'asof-without-times': [/Missing ASOF JOIN inequality/, /comparison of the two times/],
  'column-outside-group-by': [/column "userNo" must appear .* at column 20$/, /Add the column to the GROUP BY/, 18],
  'huge-cross-join': [/more than 20000 rows/, /condition of each JOIN/],
  'reads-undeclared-plays-table': [
    /Table with name plays does not exist, at column 48/,
    /these tables exist: labels, users/,
    38,
  ],
  'full-name-of-an-alias': [/Referenced table "labels" not found/, /DuckDB suggests "l"/, 37],
  'missing-comma': [/near "coalesce", at column 3/, /missing comma/, 30],
  'misspelt-table': [/Table with name user_change does not exist/, /user_changes/, 37],
  'only-comments': [/no SQL statement/, /Write the SELECT/],
  'reads-the-lake': [/Cannot access file "lake\/user_changes\.parquet"/, /no files and no network/, 37],
  'thirty-day-lag-overflows-int32': [/Overflow in multiplication of INT32/, /BIGINT/],
  'ends-with-semicolon': [/near ";"/, /Remove the semicolon/, 43],
  'temporary-table': [/not a SELECT/, /WITH clause/],
  'text-in-a-number': [/Could not convert string 'skipped' to INT32/, /Fix the expression/, 27],
  'two-selects': [/2 statements/, /WITH clause/],
};

/** Files that break a requirement: the first one, what was expected and observed, and the line. */
const FAILURES: Readonly<Record<string, [says: RegExp, expected: RegExp, got: RegExp, line: number]>> = {
  'as-of-the-day': [/^includes a change/, /^user_plays7d 1,/, /^user_plays7d 0,/, 37],
  'as-of-today': [/own time$/, /^user_plays7d 2, user_playsTotal 2/, /user_playsTotal 5/, 38],
  'casts-to-text': [/^returns the columns/, /FLOAT$/, /VARCHAR$/, 28],
  'casts-to-double': [/^returns the columns/, /column 5 is user_plays7d FLOAT/, /DOUBLE/, 28],
  'extra-column': [/^returns the columns/, /column 1 is userId/, /^13 columns; column 1 is number/, 18],
  'fan-out': [/^returns one row per label/, /^1 row for/, /^2 rows$/, 39],
  'filter-after-the-join': [
    /^returns one row per label/,
    /^1 row for u-01223, t-1223, Mon 5 Jan 20:00/,
    /^2 rows$/,
    37,
  ],
  'user-genre-plays-from-the-future': [/own time$/, /^pair_genreAffinity 1$/, /^pair_genreAffinity 1\.500$/, 24],
  'maximum-instead-of-latest': [/own time$/, /^user_plays7d 0$/, /^user_plays7d 1$/, 39],
  'inner-asof-joins': [/^keeps the labels of users/, /^a row for u-01224/, /^no row$/, 37],
  'leaves-out-unplayed-genres': [/^counts a genre/, /^pair_genreAffinity 0\.500$/, /^pair_genreAffinity 1$/, 23],
  'nulls-stay': [/^keeps the labels of users/, /^user_plays7d 0, user_playsTotal 0$/, /null/, 37],
  'strictly-before': [/^includes a change/, /^user_plays7d 1,/, /^user_plays7d 0,/, 37],
  unsorted: [/^sorts the rows/, /^u-01224 t-1223 Sun/, /Mon 5 Jan/, 21],
  'unchanged-exercise': [/own time$/, /^user_plays7d 2,/, /user_playsTotal 5/, 40],
  'wrong-direction': [/own time$/, /^user_plays7d 2,/, /^user_plays7d 5,/, 37],
};

/** Messages about two results of the same query, neither of which is the expected one. */
const DIFFERING: Readonly<Record<string, [expected: RegExp, got: RegExp]>> = {
  'fan-out': [
    /^the same rows for/,
    /differ: one of 7 rows with pair_genreAffinity 11\.833 without .* 22\.667 with them$/,
  ],
  'inner-asof-joins': [/^a row for .* with and without the later plays$/, /^no row in either result$/],
  'unchanged-exercise': [
    /^the same rows for/,
    /differ: user_playsTotal 17, .* without the later plays, but user_playsTotal 37, /,
  ],
};

const checked = (name: string) => checkpoint.check(resolve(FOLDER, `${name}.sql`), SEED);

describe('a wrong file of step 02.2', () => {
  it('has an expected message', () => {
    const names = globSync('*', { cwd: FOLDER }).map((file) => basename(file, '.sql'));
    expect(names.sort()).toEqual([...Object.keys(PROBLEMS), ...Object.keys(FAILURES)].sort());
  });

  it.each(Object.entries(PROBLEMS))('cannot run: %s', { timeout }, async (name, [what, help, line]) => {
    const { outcome, requirements, problem } = await checked(name);
    expect({ outcome, requirements }).toEqual({ outcome: 'failed', requirements: [] });
    expect(problem?.what).toMatch(what);
    expect(`${problem?.why}; ${problem?.fix}`).toMatch(help);
    expect(problem?.line).toBe(line);
  });

  it('has its text quoted where a number is expected', { timeout }, async () => {
    const { requirements } = await checked('casts-to-text');
    expect(requirements.filter(({ failedCase }) => failedCase)[1]?.failedCase).toMatchObject({
      expected: 'user_plays7d 0',
      got: "user_plays7d '0'",
    });
  });

  it.each(Object.entries(DIFFERING))('returns different rows later: %s', { timeout }, async (name, [expected, got]) => {
    const { requirements } = await checked(name);
    const later = requirements.find(({ says }) => says.endsWith('when later plays are added'));
    expect(later?.failedCase).toMatchObject({
      expected: expect.stringMatching(expected),
      got: expect.stringMatching(got),
    });
  });

  it.each(Object.entries(FAILURES))(
    'fails a requirement: %s',
    { timeout },
    async (name, [says, expected, got, line]) => {
      const { outcome, requirements, problem } = await checked(name);
      expect({ outcome, problem }).toEqual({ outcome: 'failed', problem: undefined });
      const first = requirements.find(({ passed }) => !passed);
      expect(first?.says).toMatch(says);
      expect(first?.failedCase?.expected).toMatch(expected);
      expect(first?.failedCase?.got).toMatch(got);
      expect(first?.failedCase?.look).toBe(`${name}.sql:${line}`);
      // Only the few rows that explain the mistake are shown.
      expect(first?.failedCase?.input.split('\n').length).toBeLessThan(20);
    },
  );
});
