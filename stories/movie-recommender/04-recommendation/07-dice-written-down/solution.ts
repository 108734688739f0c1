import { keyedRandom } from '#domain/core/keyed-random.ts';
import type { Exploration, SlateTitle } from '#domain/events/all-bricks-seam-types.ts';
import { MAX_SLATE } from '#domain/events/collect-and-recommend-contract.ts';
import type { SlateItem } from '#domain/events/exposure-schemas.ts';

/** Salts of a position's random numbers: the decision whether to explore, and the choice of a title. */
const WHETHER = 0;
const WHICH = 1;
/**
 * Distance between the salts of two attempts to sample a title. It exceeds the salts of all positions, so no number is
 * used twice.
 */
const SALTS = 2 * (MAX_SLATE + 1);

/**
 * Replaces some titles of a slate by titles that it would not show, so that models can learn about them.
 *
 * Each position explores independently with probability `share`. Its title is sampled uniformly from the pool, without
 * replacement. A title of the slate therefore has propensity 1 − share, and by symmetry an explored title
 * share / |pool|. If the pool is smaller than the slate, no position explores and every propensity is 1.
 *
 * Unit    propensity: probability that this title is shown at this position
 * Never   uses a random number that does not follow from `requestId`; shows a title twice
 */
export function explore(slate: readonly SlateTitle[], { share, pool, requestId }: Exploration): SlateItem[] {
  const isActive = share > 0 && pool.holds(slate.length);
  const taken = new Set<string>();
  const random = keyedRandom(requestId);
  return slate.map(({ titleId: own, score, source }, i) => {
    const position = i + 1;
    if (!isActive) return { titleId: own, score, source, position, propensity: 1 };
    if (random(2 * position + WHETHER) >= share)
      return { titleId: own, score, source, position, propensity: 1 - share };
    const unit = (attempt: number) => random(2 * position + WHICH + attempt * SALTS);
    const titleId = pool.sample(unit, taken) ?? own;
    taken.add(titleId);
    return { titleId, score: 0, source: 'exploration', position, propensity: share / pool.size() };
  });
}
