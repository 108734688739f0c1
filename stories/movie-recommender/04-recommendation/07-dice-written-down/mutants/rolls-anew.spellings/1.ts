import type { Exploration, SlateTitle } from '#domain/events/all-bricks-seam-types.ts';
import type { SlateItem } from '#domain/events/exposure-schemas.ts';

export function explore(slate: readonly SlateTitle[], { share, pool }: Exploration): SlateItem[] {
  if (share === 0 || !pool.holds(slate.length)) {
    return slate.map((title, i) => ({ ...title, position: i + 1, propensity: 1 }));
  }
  const taken = new Set<string>();
  return slate.map((title, i) => {
    if (Math.random() >= share) return { ...title, position: i + 1, propensity: 1 - share };
    const titleId = pool.sample(Math.random, taken) ?? title.titleId;
    taken.add(titleId);
    return { titleId, score: 0, source: 'exploration', position: i + 1, propensity: share / pool.size() };
  });
}
