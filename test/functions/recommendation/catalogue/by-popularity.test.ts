import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byPopularity } from '../../../../functions/recommendation/catalogue/by-popularity.ts';
import type { CatalogueTitle, CatalogueTitles } from '../../../../functions/recommendation/catalogue/load-catalogue.ts';

const catalogueOf = (titleIds: readonly string[]): CatalogueTitles =>
  new Map(
    titleIds.map((titleId): [string, CatalogueTitle] => [
      titleId,
      { titleId, name: titleId, genres: [], releasedAt: 0, withdrawn: false },
    ]),
  );
const plays = (counts: Record<string, number>) => new Map(Object.entries(counts));

describe('byPopularity', () => {
  it('sorts by plays in the country, then by plays everywhere, then by id', () => {
    const titles = catalogueOf(['d', 'c', 'b', 'a', 'e']);
    const order = byPopularity(titles, plays({ a: 1, b: 5 }), plays({ a: 9, b: 5, c: 7, d: 7 }));
    expect([...order]).toEqual(['b', 'a', 'c', 'd', 'e']);
  });

  it('returns the world’s order for a country without plays', () => {
    const titles = catalogueOf(['a', 'b', 'c']);
    expect([...byPopularity(titles, plays({}), plays({ b: 2, c: 3 }))]).toEqual(['c', 'b', 'a']);
  });

  it('omits titles that the catalogue does not have', () => {
    expect([...byPopularity(catalogueOf(['a']), plays({ a: 1, unknown: 9 }), plays({}))]).toEqual(['a']);
  });

  it('can be read several times, and only in part', () => {
    const order = byPopularity(catalogueOf(['a', 'b', 'c']), plays({ c: 3, b: 2 }), plays({}));
    const [first] = order;
    expect(first).toBe('c');
    expect([...order]).toEqual([...order]);
  });

  it('equals a sort of the complete catalogue, also beyond the part that is sorted at once', () => {
    const counts = fc.array(fc.nat({ max: 20 }), { minLength: 1_200, maxLength: 1_300 });
    fc.assert(
      fc.property(counts, counts, (here, everywhere) => {
        const ids = here.map((_, i) => `t-${(i * 7_919) % here.length}`);
        const [own, all] = [here, everywhere].map((list) => new Map(ids.map((id, i) => [id, list[i] ?? 0]))) as [
          Map<string, number>,
          Map<string, number>,
        ];
        const titles = catalogueOf(ids);
        const count = (of: Map<string, number>, id: string) => of.get(id) ?? 0;
        const naive = [...titles.keys()].sort(
          (a, b) => count(own, b) - count(own, a) || count(all, b) - count(all, a) || (a < b ? -1 : 1),
        );
        expect([...byPopularity(titles, own, all)]).toEqual(naive);
      }),
      { numRuns: 20 },
    );
  });
});
