import { keyedRandom } from '#domain/core/keyed-random.ts';
import type { SlateItem } from '#domain/events/exposure-schemas.ts';

/**
 * Returns the slate of the random policy: a uniform sample without replacement. Each of n titles has propensity 1 / n
 * at each position.
 */
export function randomSlate(titleIds: readonly string[], k: number, requestId: string): SlateItem[] {
  const left = [...titleIds];
  const random = keyedRandom(requestId);
  return Array.from({ length: Math.min(k, titleIds.length) }, (_, i) => {
    const [titleId = ''] = left.splice(Math.floor(random(i) * left.length), 1);
    return { titleId, score: 0, source: 'random', position: i + 1, propensity: 1 / titleIds.length };
  });
}
