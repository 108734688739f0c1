import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openSqlite } from '#adapters/sqlite/sqlite.ts';
import { sqliteTable } from '#adapters/table/sqlite.ts';
import {
  addPlays,
  earlierPopularityKey,
  popularityCounts,
  popularityKey,
  popularityOf,
} from '#domain/features/play-counters.ts';
import { countsReader } from '../../../../functions/recommendation/catalogue/play-counts.ts';

const PLACES = ['SE', 'NO'];
const TITLES = ['t-1', 't-2', 't-3', 'constructor', '__proto__'];

const title = fc.constantFrom(...TITLES);
const counts = fc.uniqueArray(fc.tuple(title, fc.nat(9)), { selector: ([titleId]) => titleId });
const row = fc.record({
  place: fc.constantFrom(...PLACES),
  partition: fc.nat(1),
  /** In whose row they lie: one per bucket of titles, or all titles' as it was before. */
  bucketOf: fc.option(title, { nil: null }),
  counts,
});

it('counts what all rows of a place hold, in either form, however they change between two looks', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(row, { maxLength: 4 }), { minLength: 1, maxLength: 5 }), async (looks) => {
      await using table = sqliteTable(openSqlite(':memory:'), 'counts', { now: () => 0 });
      const countsOf = countsReader(table);
      const held = new Map<string, { place: string; counts: readonly (readonly [string, number])[] }>();
      for (const changes of looks) {
        for (const { place, partition, bucketOf, counts: list } of changes) {
          const [key, item] =
            bucketOf === null
              ? [earlierPopularityKey(place, partition), { counts: Object.fromEntries(list), offset: 0 }]
              : [popularityKey(place, partition, bucketOf), popularityCounts(new Map(list), 0)];
          await table.put(key, item);
          held.set(`${key.pk} ${key.sk}`, { place, counts: list });
        }
        for (const place of PLACES) {
          const found = await countsOf(place);
          const all = new Map<string, number>();
          found.forEach((plays, titleId) => {
            all.set(titleId, plays);
          });
          for (const titleId of TITLES) {
            const lists = [...held.values()].filter((one) => one.place === place).flatMap((one) => one.counts);
            const plays = lists.filter(([id]) => id === titleId).reduce((sum, [, n]) => sum + n, 0);
            expect(found.get(titleId) ?? 0).toBe(plays);
            expect(all.get(titleId) ?? 0).toBe(plays);
          }
        }
      }
    }),
  );
});

it('are written as they are read', () => {
  fc.assert(
    fc.property(counts, (list) => {
      const total = new Map<string, number>();
      addPlays(total, popularityCounts(new Map(list), 0));
      expect(total).toEqual(new Map(list));
    }),
  );
});

it('lie in a few dozen rows, whose keys have the place in front', () => {
  const keys = Array.from({ length: 5_000 }, (_, i) => popularityKey('SE', 2, `t-${i}`));
  expect(new Set(keys.map(({ pk }) => pk))).toEqual(new Set([popularityOf('SE')]));
  const rows = Map.groupBy(keys, ({ sk }) => sk);
  expect(rows.size).toBe(32);
  expect(Math.max(...[...rows.values()].map(({ length }) => length))).toBeLessThan(2 * (5_000 / 32));
});
