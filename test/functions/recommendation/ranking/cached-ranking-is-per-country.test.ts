import { describe, expect, it } from 'vitest';
import { memoryCache } from '#adapters/cache/memory.ts';
import { HOUR } from '#domain/core/time.ts';
import { newUser } from '#domain/features/feature-names-and-online-items.ts';
import type { CatalogueTitles } from '../../../../functions/recommendation/catalogue/load-catalogue.ts';
import { titleMatrix } from '../../../../functions/recommendation/model/compute-ranker-features.ts';
import type { ServingModel } from '../../../../functions/recommendation/model/load-and-cache-model-versions.ts';
import { type CacheInput, rankThroughCache } from '../../../../functions/recommendation/ranking/rank-through-cache.ts';
import { singleFlight } from '../../../../functions/recommendation/resilience/single-flight.ts';
import { filterOf } from '../../../../functions/recommendation/retrieval/filter-of.ts';
import { rowFilterOf } from '../../../../functions/recommendation/retrieval/translate-user-filter-to-rows.ts';

const AT = 400_000 * HOUR;
const ids = Array.from({ length: 200 }, (_, row) => `t-${row}`);
const titles = new Map(
  ids.map((titleId) => [titleId, { titleId, name: titleId, genres: [], releasedAt: 0 }]),
) as unknown as CatalogueTitles;
/** Titles that are popular in a country, and that no other source finds. */
const POPULAR: Readonly<Record<string, string>> = { SE: 't-100', NO: 't-150', none: 't-199' };

/** Returns a model that knows all titles, of which its index finds the first 60. */
const fixtureModel = (): ServingModel => ({
  version: 'v1',
  historyLength: 5,
  dimensions: 1,
  titles: ids,
  rowOf: new Map(ids.map((titleId, row) => [titleId, row])),
  userTower: async () => Float32Array.of(1),
  ranker: async ({ rows }) => Float32Array.from(rows),
  index: { search: async () => ({ rows: Int32Array.from({ length: 60 }, (_, row) => row) }) } as never,
  vectors: new Float32Array(ids.length),
  similar: new Int32Array(0),
});

/** Returns a function that ranks for a user from a country, and the number of rankings that were computed. */
function service() {
  const model = fixtureModel();
  const cache = memoryCache({ now: () => AT });
  const flights = singleFlight<Awaited<ReturnType<typeof rankThroughCache>>>();
  let computed = 0;
  const rankFor = async (country: string | null) => {
    const profile = { ...newUser('ann'), country, seen: ['t-0'], seenAt: [1], updatedAt: 1 };
    const viewer = { profile, blocked: [], features: {}, genreShare: {}, at: AT, featuresAsOf: '0-0' };
    const filter = filterOf({ seen: profile.seen, blocked: [], at: AT }, titles);
    const matrix = titleMatrix(model, titles, AT);
    const rows = rowFilterOf(filter, viewer as never, model, matrix);
    const input = {
      ...{ viewer, titles, filter, cache, singleFlight: flights, bypassCache: false },
      budget: (_stage: string, work: () => Promise<unknown>) => work(),
      popularNow: async (place: string | null) => {
        computed++;
        return { titleIds: [POPULAR[place ?? 'none'] as string], plays: new Map() };
      },
    } as unknown as CacheInput;
    const { ranked } = await rankThroughCache({ model, rows, matrix }, input);
    return ranked.map(({ titleId }) => titleId);
  };
  return { rankFor, computed: () => computed };
}

describe('a cached ranking', () => {
  it('is not served for another country', async () => {
    const { rankFor } = service();
    for (const country of ['SE', 'NO', null]) {
      const popular = POPULAR[country ?? 'none'] as string;
      expect((await rankFor(country)).filter((titleId) => Object.values(POPULAR).includes(titleId))).toEqual([popular]);
    }
  });

  it.each(['SE', null])('is served again for the same country (%s)', async (country) => {
    const { rankFor, computed } = service();
    expect(await rankFor(country)).toEqual(await rankFor(country));
    expect(computed()).toBe(1);
  });
});
