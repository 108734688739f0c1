import type { Explore, ListedExploration, SlateTitle } from '#domain/events/all-bricks-seam-types.ts';
import { exploreList } from '#domain/experiments/build-exploration-pool-from-list.ts';

/** Arguments of many calls that differ only in the request. */
export interface ManyRequests extends Omit<ListedExploration, 'requestId'> {
  readonly requestIds: readonly string[];
}

/** Calls the learner's function once per request, in the learner's realm, and returns the results. */
export const exploreMany = (explore: Explore, slate: readonly SlateTitle[], { requestIds, ...rest }: ManyRequests) =>
  requestIds.map((requestId) => exploreList(explore, slate, { ...rest, requestId }));
