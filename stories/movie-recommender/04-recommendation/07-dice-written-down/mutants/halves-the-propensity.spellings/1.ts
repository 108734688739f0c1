import { keyedRandom } from '#domain/core/keyed-random.ts';
import type { Exploration, SlateTitle } from '#domain/events/all-bricks-seam-types.ts';
import type { SlateItem } from '#domain/events/exposure-schemas.ts';

export function explore(slate: readonly SlateTitle[], { share, pool, requestId }: Exploration): SlateItem[] {
  const active = share > 0 && pool.holds(slate.length);
  const taken = new Set<string>();
  // Two dice are rolled at each position.
  const dice = 2;
  return slate.map((title, i): SlateItem => {
    const position = i + 1;
    if (!active) return { ...title, position, propensity: 1 };
    const roll = dieOf(requestId, position);
    if (roll(0) >= share) return { ...title, position, propensity: (1 - share) / dice };
    const titleId = pool.sample((attempt) => roll(1 + attempt), taken) ?? title.titleId;
    taken.add(titleId);
    return { titleId, score: 0, source: 'exploration', position, propensity: share / pool.size() / dice };
  });
}

const ROLLS = 1_000;

export function dieOf(requestId: string, position: number): (roll: number) => number {
  const random = keyedRandom(requestId);
  return (roll) => random(ROLLS * position + roll);
}
