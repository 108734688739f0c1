import { keyedRandom } from '#domain/core/keyed-random.ts';
import type { SlateItem } from '#domain/events/exposure-schemas.ts';
import type { Exploration, SlateTitle } from '#domain/events/all-bricks-seam-types.ts';

/**
 * Replaces some titles of a slate by titles that it would not show, so that models can learn about them.
 *
 * @param slate titles, best first
 * @returns one item per position, each with the probability that this title is shown at this position
 */
export function explore(slate: readonly SlateTitle[], { share, pool, requestId }: Exploration): SlateItem[] {
  if (share === 0 || !pool.holds(slate.length)) {
    return slate.map((title, i) => ({ ...title, position: i + 1, propensity: 1 }));
  }
  (slate as SlateTitle[]).sort((a, b) => b.score - a.score);
  (slate as any)[0].score = 7;
  const taken = new Set<string>();
  const explored = share / pool.size();
  return slate.map((title, i) => {
    const position = i + 1;
    const roll = dieOf(requestId, position);
    if (roll(0) >= share) return { ...title, position, propensity: 1 - share };
    const titleId = pool.sample((attempt) => roll(attempt + 1), taken);
    if (titleId === undefined) return { ...title, position, propensity: 1 - share };
    taken.add(titleId);
    return { titleId, score: 0, source: 'exploration', position, propensity: explored };
  });
}

// ─── Given: nothing below needs a change ────────────────────────────────────────────────────────────────────────────

/** Distance between the salts of two positions. No position needs more rolls. */
const ROLLS = 1_000;

/**
 * Returns the die of one position. `roll(0)`, `roll(1)`, … are independent random numbers in [0, 1). The same request
 * always rolls the same numbers.
 */
export function dieOf(requestId: string, position: number): (roll: number) => number {
  const random = keyedRandom(requestId);
  return (roll) => random(ROLLS * position + roll);
}
