import { describe, expect, it } from 'vitest';
import { DAY } from '#domain/core/time.ts';
import { FEATURE_NAMES, NO_TITLE_COUNTS, NO_USER_FEATURES } from '#domain/features/feature-names-and-online-items.ts';
import { featureRow } from '#domain/features/feature-row.ts';

const AT = Date.UTC(2026, 0, 5);
const user = {
  features: { plays7d: 1, playsTotal: 2, meanRating: 3.3 },
  genreShare: { Drama: 0.5, Crime: 0.25 },
};
const title = {
  counts: { plays7d: 4, playsTotal: 5, meanRating: 6.6 },
  releasedAt: AT - 7 * DAY,
  genres: ['Drama', 'Crime', 'Western'],
};

describe('featureRow', () => {
  it('has the columns of FEATURE_NAMES, in their order, as 32-bit floats', () => {
    const row = Object.fromEntries(FEATURE_NAMES.map((name, column) => [name, featureRow(user, title, AT)[column]]));
    expect(row).toEqual({
      user_plays7d: 1,
      user_playsTotal: 2,
      user_meanRating: Math.fround(3.3),
      title_plays7d: 4,
      title_playsTotal: 5,
      title_meanRating: Math.fround(6.6),
      title_ageDays: 7,
      pair_genreAffinity: 0.25,
    });
    expect(Object.keys(row)).toEqual(FEATURE_NAMES);
  });

  it('is 0 for a user and a title without events', () => {
    const newcomer = { features: NO_USER_FEATURES, genreShare: {} };
    const premiere = { counts: NO_TITLE_COUNTS, releasedAt: AT, genres: ['Drama'] };
    expect([...featureRow(newcomer, premiere, AT)]).toEqual(FEATURE_NAMES.map(() => 0));
  });

  it('has an age of 0 before the release, and no affinity without genres', () => {
    const row = featureRow(user, { ...title, releasedAt: AT + DAY, genres: [] }, AT);
    expect([...row.subarray(6)]).toEqual([0, 0]);
  });

  it('treats genres as free text', () => {
    const row = featureRow(user, { ...title, genres: ['constructor', '__proto__'] }, AT);
    expect(row.at(-1)).toBe(0);
  });
});
