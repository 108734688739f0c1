import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openSqlite } from '#adapters/sqlite/open-sqlite-with-storage-errors.ts';
import { sqliteTable } from '#adapters/table/sqlite.ts';
import {
  addPlays,
  earlierPopularityKey,
  popularityCounts,
  popularityKey,
  popularityOf,
} from '#domain/features/play-count-rows-by-country.ts';
import { playCountsReader } from '../../../../functions/recommendation/catalogue/read-play-counts.ts';

const COUNTRIES = ['SE', 'NO'];
const TITLES = ['t-1', 't-2', 't-3', 'constructor', '__proto__'];

const title = fc.constantFrom(...TITLES);
const counts = fc.uniqueArray(fc.tuple(title, fc.nat(9)), { selector: ([titleId]) => titleId });
const row = fc.record({
  country: fc.constantFrom(...COUNTRIES),
  partition: fc.nat(1),
  /** Title that determines the row of the counts; null for the earlier format, with one row for all titles. */
  bucketOf: fc.option(title, { nil: null }),
  counts,
});

it('sums all rows of a country, in either form, regardless of how they change between two reads', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(row, { maxLength: 4 }), { minLength: 1, maxLength: 5 }), async (reads) => {
      await using table = sqliteTable(openSqlite(':memory:'), 'counts', { now: () => 0 });
      const countsOf = playCountsReader(table);
      const held = new Map<string, { country: string; counts: readonly (readonly [string, number])[] }>();
      for (const changes of reads) {
        for (const { country, partition, bucketOf, counts: list } of changes) {
          const [key, item] =
            bucketOf === null
              ? [earlierPopularityKey(country, partition), { counts: Object.fromEntries(list), offset: 0 }]
              : [popularityKey(country, partition, bucketOf), popularityCounts(new Map(list), 0)];
          await table.put(key, item);
          held.set(`${key.pk} ${key.sk}`, { country, counts: list });
        }
        for (const country of COUNTRIES) {
          const found = await countsOf(country);
          const all = new Map<string, number>();
          found.forEach((plays, titleId) => {
            all.set(titleId, plays);
          });
          for (const titleId of TITLES) {
            const lists = [...held.values()].filter((one) => one.country === country).flatMap((one) => one.counts);
            const plays = lists.filter(([id]) => id === titleId).reduce((sum, [, n]) => sum + n, 0);
            expect(found.get(titleId) ?? 0).toBe(plays);
            expect(all.get(titleId) ?? 0).toBe(plays);
          }
        }
      }
    }),
  );
});

it('reads counts as they were written', () => {
  fc.assert(
    fc.property(counts, (list) => {
      const total = new Map<string, number>();
      addPlays(total, popularityCounts(new Map(list), 0));
      expect(total).toEqual(new Map(list));
    }),
  );
});

it('spreads counts over 32 rows, whose keys start with the country', () => {
  const keys = Array.from({ length: 5_000 }, (_, i) => popularityKey('SE', 2, `t-${i}`));
  expect(new Set(keys.map(({ pk }) => pk))).toEqual(new Set([popularityOf('SE')]));
  const rows = Map.groupBy(keys, ({ sk }) => sk);
  expect(rows.size).toBe(32);
  expect(Math.max(...[...rows.values()].map(({ length }) => length))).toBeLessThan(2 * (5_000 / 32));
});
