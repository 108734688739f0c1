import { keyedRandom } from '#domain/core/keyed-random.ts';
import type { Exploration, SlateTitle } from '#domain/events/all-bricks-seam-types.ts';
import type { SlateItem } from '#domain/events/exposure-schemas.ts';

export function explore(slate: readonly SlateTitle[], { share, pool, requestId }: Exploration): SlateItem[] {
  if (share === 0 || !pool.holds(slate.length)) {
    return slate.map((title, i) => ({ ...title, position: i + 1, propensity: 1 }));
  }
  const taken = new Set<string>();
  return slate.map((title, i) => {
    const roll = dieOf(requestId, i + 1);
    if (roll(0) >= share) return { ...title, position: i + 1, propensity: 1 - share };
    const titleId = pool.sample((attempt) => roll(attempt), taken) ?? title.titleId;
    taken.add(titleId);
    return { titleId, score: 0, source: 'exploration', position: i + 1, propensity: share / pool.size() };
  });
}

const ROLLS = 1_000;

export function dieOf(requestId: string, position: number): (roll: number) => number {
  const random = keyedRandom(requestId);
  return (roll) => random(ROLLS * position + roll);
}
