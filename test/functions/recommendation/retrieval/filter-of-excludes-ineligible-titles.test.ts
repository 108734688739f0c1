import { describe, expect, it } from 'vitest';
import type { CatalogueTitle } from '../../../../functions/recommendation/catalogue/load-catalogue.ts';
import { filterOf } from '../../../../functions/recommendation/retrieval/filter-of.ts';
import { rowFilterOf } from '../../../../functions/recommendation/retrieval/translate-user-filter-to-rows.ts';

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
});

describe('rowFilterOf', () => {
  const ids = ['gone', 'c', 'b', 'a', 'unknown', 'later'];
  const model = { titles: ids, rowOf: new Map(ids.map((titleId, row) => [titleId, row])) };
  const profile = { userId: 'u', country: null, seen: ['not-in-model', 'a', 'gone'], seenAt: [], updatedAt: 0 };
  const viewer = { profile, blocked: ['b', 'a'], at: AT };
  const matrix = { titles, at: AT };

  it('excludes what filterOf excludes, by the model’s rows', () => {
    const filter = filterOf({ seen: profile.seen, blocked: viewer.blocked, at: AT }, titles);
    const rows = rowFilterOf(filter, viewer, model, matrix);
    expect(ids.map((_, row) => rows.excludes(row))).toEqual(ids.map((titleId) => filter(titleId) !== undefined));
  });

  it('lets the filter decide about the user’s titles', () => {
    const rows = rowFilterOf((titleId) => (titleId === 'a' ? 'seen' : undefined), viewer, model, matrix);
    expect([rows.excludes(3), rows.excludes(2)]).toEqual([true, false]);
  });

  it('counts each available title that is excluded for the user once', () => {
    const filter = filterOf({ seen: profile.seen, blocked: viewer.blocked, at: AT }, titles);
    expect(rowFilterOf(filter, viewer, model, matrix).excludedCount()).toBe(2);
    const newer = { ...model, rowOf: new Map([['a', 3]]) };
    expect(rowFilterOf(filter, viewer, newer, matrix).excludedCount()).toBe(2);
  });
});
