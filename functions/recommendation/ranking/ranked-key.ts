import type { Viewer } from '../retrieval/read-user-context.ts';
import { CACHE_FORMAT } from './pack-and-unpack-cached-ranking.ts';

/**
 * Returns the cache key of a user's ranking. It contains everything that the ranking depends on, so that a cached
 * ranking equals a recomputed one: the format, the model's version, the user with the time of their last event, the
 * features' time, the hour, and the country if it is known. A user who has not signed up has the country of the request, which
 * selects the popular titles.
 *
 * Never   omits the model's version: after a promotion, the old model's rankings would be served
 */
export const rankedKey = (version: string, { profile, featuresAsOf, at }: RankedViewer): string => {
  const { userId, updatedAt, country } = profile;
  const known = ['ranked', CACHE_FORMAT, version, userId, updatedAt, featuresAsOf, at];
  return [...known, ...(country ? [country] : [])].join(':');
};

interface RankedViewer extends Pick<Viewer, 'featuresAsOf' | 'at'> {
  readonly profile: Pick<Viewer['profile'], 'userId' | 'updatedAt' | 'country'>;
}
