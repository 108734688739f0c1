import { describe, expect, it } from 'vitest';
import { DAY } from '#domain/core/time.ts';
import { FEATURE_NAMES } from '#domain/features/feature-names-and-online-items.ts';
import { featureRow } from '#domain/features/feature-row.ts';
import type { CatalogueTitle } from '../../../../functions/recommendation/catalogue/load-catalogue.ts';
import { featureMatrix, titleMatrix } from '../../../../functions/recommendation/model/compute-ranker-features.ts';
import type { ServingModel } from '../../../../functions/recommendation/model/load-and-cache-model-versions.ts';

const AT = Date.UTC(2026, 0, 5, 12);
const titleOf = (titleId: string, genres: string[], plays7d: number): CatalogueTitle => ({
  ...{ titleId, name: titleId, genres, releasedAt: AT - plays7d * DAY, withdrawn: false },
  counts: { plays7d, playsTotal: 10 * plays7d, meanRating: 3.5 },
});
const titles = new Map(
  [titleOf('a', ['Drama', 'Crime'], 1), titleOf('b', ['Drama', 'Crime'], 2), titleOf('c', [], 3)].map((title) => [
    title.titleId,
    title,
  ]),
);
const model = { titles: ['c', 'unknown', 'a', 'b'] } as unknown as ServingModel;
const user = {
  features: { plays7d: 5, playsTotal: 50, meanRating: 4 },
  genreShare: { Drama: 0.5, Crime: 0.25 },
  at: AT,
};

describe('featureMatrix', () => {
  it('has one featureRow per title, in the order of the rows', () => {
    const matrix = featureMatrix(model, [3, 0, 2], user, titles);
    const rows = ['b', 'c', 'a'].map((titleId) => {
      const { counts, releasedAt, genres } = titles.get(titleId) as Required<CatalogueTitle>;
      return [...featureRow(user, { counts, releasedAt, genres }, AT)];
    });
    expect(matrix).toHaveLength(3 * FEATURE_NAMES.length);
    expect([...matrix]).toEqual(rows.flat());
    expect([...matrix.slice(0, 8)]).toEqual([5, 50, 4, 2, 20, 3.5, 2, 0.375]);
  });

  it('has no plays, age or genre for a title that the catalogue lacks', () => {
    expect([...featureMatrix(model, [1], user, titles)]).toEqual([5, 50, 4, 0, 0, 0, 0, 0]);
  });
});

describe('titleMatrix', () => {
  it('is computed once per catalogue and hour', () => {
    const matrix = titleMatrix(model, titles, AT);
    expect(titleMatrix(model, titles, AT)).toBe(matrix);
    expect(titleMatrix(model, titles, AT + 1)).not.toBe(matrix);
    expect(matrix.firstGenre).toEqual(['', '', 'Drama', 'Drama']);
  });
});
