import { HOUR } from '#domain/core/time.ts';
import type { Cache } from '#ports/cache.ts';
import type { SingleFlight } from '../resilience/single-flight.ts';
import { CACHE_FORMAT, packRanking, unpackRanking, unpackWithoutRows } from './pack-and-unpack-cached-ranking.ts';
import { rankedKey } from './ranked-key.ts';
import { type ModelContext, type RankingResult, type RetrieveInput, retrieveAndRank } from './retrieve-and-rank.ts';

export interface CacheInput extends RetrieveInput {
  readonly cache: Cache;
  /** Rankings that are being computed. */
  readonly singleFlight: SingleFlight<RankingResult>;
}

/** Milliseconds for which a ranking is cached. */
const CACHED_FOR = HOUR;
/** Milliseconds for which a user's last ranking is cached: if the model fails, it is better than popularity. */
const LAST_CACHED_FOR = 24 * HOUR;

/**
 * Returns a user's ranking, from the cache if nothing that it depends on has changed. Concurrent identical requests are
 * coalesced.
 */
export async function rankThroughCache(context: ModelContext, input: CacheInput): Promise<RankingResult> {
  if (input.bypassCache) return retrieveAndRank(context, input);
  const key = rankedKey(context.model.version, input.viewer);
  const { value, led } = await input.singleFlight(key, () => readOrRank(key, context, input));
  // Another request's ranking may contain titles that have been blocked since.
  return led ? value : { ...value, fresh: false };
}

async function readOrRank(key: string, context: ModelContext, input: CacheInput): Promise<RankingResult> {
  const { cache, viewer, budget } = input;
  const cached = await budget('cache', () => cache.get(key)).catch(() => undefined);
  if (cached) return unpackRanking(cached, context.model.titles);
  const ranking = await retrieveAndRank(context, input);
  // A ranking with missing sources must not outlive the failure.
  if (ranking.missing.length === 0) {
    const text = packRanking(ranking);
    const last = lastKey(viewer.profile.userId);
    await budget('cache', () =>
      Promise.all([cache.set(key, text, CACHED_FOR), cache.set(last, text, LAST_CACHED_FOR)]),
    ).catch(() => undefined);
  }
  return ranking;
}

/**
 * Returns the user's last ranking: of any model version, at most a day old. Returns undefined if there is none or the
 * cache cannot be read.
 */
export async function lastRanking({
  cache,
  budget,
  viewer,
}: CacheInput): Promise<ReturnType<typeof unpackWithoutRows> | undefined> {
  const cached = await budget('cache', () => cache.get(lastKey(viewer.profile.userId))).catch(() => undefined);
  return cached === undefined ? undefined : unpackWithoutRows(cached);
}

const lastKey = (userId: string) => `last-ranked:${CACHE_FORMAT}:${userId}`;
