import { describe, expect, it } from 'vitest';
import type { CatalogueTitle } from '../../../../functions/recommendation/catalogue/load-catalogue.ts';
import {
  packRanking,
  type Ranking,
} from '../../../../functions/recommendation/ranking/pack-and-unpack-cached-ranking.ts';
import { type FallbackInput, fallbackOf } from '../../../../functions/recommendation/slate/fallback-of.ts';

const AT = Date.UTC(2026, 0, 5, 12);
const titles = new Map(
  ['a', 'b', 'c'].map((titleId, i): [string, CatalogueTitle] => [
    titleId,
    {
      ...{ titleId, name: titleId, genres: [], releasedAt: 0, withdrawn: false },
      counts: { plays7d: 0, playsTotal: i, meanRating: 0 },
    },
  ]),
);
const plays = (counts: Record<string, number>) => new Map(Object.entries(counts));
const last: Ranking = {
  ...{ version: 'v1', missing: [] },
  ranked: [{ titleId: 'b', score: 0.5, source: 'index', row: 1 }],
};

/** Returns the input for a Swedish user without a model. Popular in Sweden: b, a, c; in all countries: c, a, b. */
function inputOf(changes: Partial<FallbackInput> = {}): FallbackInput {
  return {
    viewer: {
      profile: { userId: 'ann', country: 'SE', seen: ['a'], seenAt: [], updatedAt: 0 },
      ...{ blocked: [], at: AT, featuresAsOf: '0-0', genreShare: {} },
      features: { plays7d: 0, playsTotal: 0, meanRating: 0 },
    },
    popularNow: async (country) =>
      country === null
        ? { titleIds: ['c', 'a', 'b'], plays: plays({ c: 9 }) }
        : { titleIds: ['b', 'a', 'c'], plays: plays({ b: 2 }) },
    filter: (titleId) => (titleId === 'a' ? 'seen' : undefined),
    budget: (_stage, work) => work(),
    cache: cacheOf(undefined),
    singleFlight: async (_key, work) => ({ value: await work(), led: true }),
    ...{ titles, k: 2, bypassCache: false },
    ...changes,
  };
}
const cacheOf = (text: string | undefined) =>
  ({ get: async () => text, set: async () => {} }) as unknown as FallbackInput['cache'];
const noCounts = () => Promise.reject(new Error('no counts'));

describe('fallbackOf', () => {
  it('returns what is popular in the country for a user without a model, and nothing is degraded', async () => {
    expect(await fallbackOf(inputOf())).toEqual({
      ranked: [
        { titleId: 'b', score: 2, source: 'popular' },
        { titleId: 'c', score: 0, source: 'popular' },
      ],
      ...{ policy: 'popular', modelVersion: null, degraded: null, fresh: true },
    });
  });

  it('returns the user’s last ranking if no model can be loaded', async () => {
    const serving = { problem: 'model.onnx is damaged', versions: ['v1'] };
    expect(await fallbackOf(inputOf({ serving, cache: cacheOf(packRanking(last)) }))).toEqual({
      ranked: [{ titleId: 'b', score: 0.5, source: 'index' }],
      ...{ policy: 'model', modelVersion: 'v1', fresh: false },
      degraded: {
        to: 'cached',
        why: "the model could not be used, so the user's last ranking was served: model.onnx is damaged",
      },
    });
  });

  it('does not return a last ranking of a rolled-back version', async () => {
    const serving = { problem: 'damaged', versions: ['v0'] };
    const { policy, degraded } = await fallbackOf(inputOf({ serving, cache: cacheOf(packRanking(last)) }));
    expect([policy, degraded]).toEqual([
      'popular',
      {
        to: 'popular-here',
        why: "the model could not be used, so popular titles of the user's country were served: damaged",
      },
    ]);
  });

  it('returns what is popular everywhere if the country’s counts cannot be read', async () => {
    const { popularNow } = inputOf();
    const input = inputOf({ popularNow: (country) => (country === null ? popularNow(null) : noCounts()) });
    const { ranked, degraded } = await fallbackOf(input);
    expect(ranked.map(({ titleId }) => titleId)).toEqual(['c', 'b']);
    expect(degraded).toEqual({
      to: 'popular',
      why: "the play counts of the user's country could not be read, so popular titles of all countries were served: no counts",
    });
  });

  it('never fails: without any counts it uses those of the catalogue', async () => {
    const { ranked, degraded } = await fallbackOf(
      inputOf({ popularNow: noCounts, serving: { problem: 'damaged' }, cache: cacheOf(undefined) }),
    );
    expect(ranked.map(({ titleId }) => titleId)).toEqual(['c', 'b']);
    expect(degraded).toEqual({
      to: 'popular',
      why: 'the model could not be used, so popular titles of all countries were served: damaged; no counts; no counts',
    });
  });
});
