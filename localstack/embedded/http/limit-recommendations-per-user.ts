import { type Now, SECOND } from '#domain/core/time.ts';
import { urlOf } from '#domain/events/collect-and-recommend-contract.ts';
import { triggers } from '../../../functions/triggers.ts';

/**
 * Maximum number of recommendations per user and second over HTTP. Each of them writes an exposure, although the request
 * is a GET, which browsers repeat freely.
 */
export const RECOMMENDATIONS_PER_SECOND = 50;

/** Returns a function that counts a request, and returns whether its user may make it in the current second. */
export function limitPerUser(now: Now = Date.now): (method: string, path: string) => boolean {
  let second = 0;
  let requests = new Map<string, number>();
  return (method, path) => {
    const user = method === 'GET' ? userOf(path) : undefined;
    if (user === undefined) return true;
    const current = Math.floor(now() / SECOND);
    if (current !== second) [second, requests] = [current, new Map()];
    const count = (requests.get(user) ?? 0) + 1;
    requests.set(user, count);
    return count <= RECOMMENDATIONS_PER_SECOND;
  };
}

/** Returns the user of a request for recommendations, undefined for other requests. */
function userOf(path: string): string | undefined {
  const url = urlOf(path);
  return url?.pathname === triggers.recommend.on.path ? (url.searchParams.get('userId') ?? undefined) : undefined;
}
