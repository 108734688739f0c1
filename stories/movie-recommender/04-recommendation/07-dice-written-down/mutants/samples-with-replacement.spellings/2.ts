import { keyedRandom } from '#domain/core/keyed-random.ts';
import type { Exploration, SlateTitle } from '#domain/events/all-bricks-seam-types.ts';
import type { SlateItem } from '#domain/events/exposure-schemas.ts';

export function explore(slate: readonly SlateTitle[], { share, pool, requestId }: Exploration): SlateItem[] {
  const isActive = share > 0 && pool.holds(slate.length);
  const items: SlateItem[] = [];
  for (let i = 0; i < slate.length; i++) {
    const title = slate[i] as SlateTitle;
    const random = keyedRandom(`${requestId}:${i}`);
    const taken = new Set<string>();
    if (!isActive) items.push({ ...title, position: i + 1, propensity: 1 });
    else if (random(0) >= share) items.push({ ...title, position: i + 1, propensity: 1 - share });
    else {
      const titleId = pool.sample((attempt) => random(attempt + 1), taken) ?? title.titleId;
      taken.add(titleId);
      items.push({ titleId, score: 0, source: 'exploration', position: i + 1, propensity: share / pool.size() });
    }
  }
  return items;
}
