import type { Viewer } from '../retrieval/user-context.ts';
import { CACHE_FORMAT } from './cached-ranking.ts';

/**
 * Returns the cache key of a user's ranking. It contains everything that the ranking depends on, so that a cached
 * ranking equals a recomputed one: the format, the model's version, the user with the time of their last event, the
 * features' time and the hour.
 *
 * Never   omits the model's version: after a promotion, the old model's rankings would be served
 */
export const rankedKey = (version: string, { profile, featuresAsOf, at }: RankedViewer): string =>
  ['ranked', CACHE_FORMAT, version, profile.userId, profile.updatedAt, featuresAsOf, at].join(':');

interface RankedViewer extends Pick<Viewer, 'featuresAsOf' | 'at'> {
  readonly profile: Pick<Viewer['profile'], 'userId' | 'updatedAt'>;
}
