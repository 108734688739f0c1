import { describe, expect, it } from 'vitest';
import type { CatalogueTitle } from '../../../../functions/recommendation/catalogue/catalogue.ts';
import { filterOf } from '../../../../functions/recommendation/retrieval/filter-of.ts';
import { rowFilterOf } from '../../../../functions/recommendation/retrieval/row-filter.ts';

const AT = Date.UTC(2026, 0, 5, 12);
const titleOf = (titleId: string, releasedAt = AT, withdrawn = false): CatalogueTitle => ({
  ...{ titleId, name: titleId, genres: [] },
  ...{ releasedAt, withdrawn },
});
const titles = new Map(
  [titleOf('a'), titleOf('b'), titleOf('c'), titleOf('later', AT + 1), titleOf('gone', AT, true)].map((title) => [
    title.titleId,
    title,
  ]),
);
const EXPECTED = [
  ['a', 'seen'],
  ['b', 'blocked'],
  ['c', undefined],
  ['later', 'unavailable'],
  ['gone', 'unavailable'],
  ['unknown', 'unavailable'],
] as const;

describe('filterOf', () => {
  const viewer = { seen: ['a'], blocked: ['b'], at: AT };

  it.each(EXPECTED)('says of the title %s: %s', (titleId, exclusion) => {
    expect(filterOf(viewer, titles)(titleId)).toBe(exclusion);
  });

  it('names the first reason of a title that several reasons exclude', () => {
    const filter = filterOf({ seen: ['a', 'gone'], blocked: ['a', 'gone'], at: AT }, titles);
    expect([filter('a'), filter('gone')]).toEqual(['seen', 'seen']);
  });

  it('excludes every seen title, no matter how many there are and how often it is called', () => {
    const seen = Array.from({ length: 300 }, (_, i) => `t-${i}`);
    const filter = filterOf({ seen, blocked: [], at: AT }, titles);
    expect(seen.map(filter)).toEqual(seen.map(() => 'seen'));
    expect(filter('c')).toBeUndefined();
  });

  it('identifies titles by number as well', () => {
    const filter = filterOf<number>({ seen: [0], blocked: [1], at: AT }, { get: (row) => [...titles.values()][row] });
    expect([0, 1, 2, 3, 4, 5].map(filter)).toEqual(EXPECTED.map(([, exclusion]) => exclusion));
  });
});

describe('rowFilterOf', () => {
  it('equals filterOf, by the model’s rows', () => {
    const ids = ['gone', 'c', 'b', 'a', 'unknown', 'later'];
    const rowOf = new Map(ids.map((titleId, row) => [titleId, row]));
    const profile = { userId: 'u', country: null, seen: ['not-in-model', 'a'], seenAt: [], updatedAt: 0 };
    const byRow = ids.map((titleId) => titles.get(titleId));
    const byId = filterOf({ seen: profile.seen, blocked: ['b'], at: AT }, titles);
    const filter = rowFilterOf({ profile, blocked: ['b'], at: AT }, { rowOf }, { byRow });
    expect(ids.map((_, row) => filter(row))).toEqual(ids.map(byId));
  });
});
