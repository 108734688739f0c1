import { keyedRandom } from '#domain/core/keyed-random.ts';
import type { Exploration, SlateTitle } from '#domain/events/all-bricks-seam-types.ts';
import type { SlateItem } from '#domain/events/exposure-schemas.ts';

export function explore(slate: readonly SlateTitle[], { share, pool, requestId }: Exploration): SlateItem[] {
  const isActive = share > 0 && pool.holds(slate.length);
  const taken = new Set<string>();
  const items: SlateItem[] = [];
  for (const [i, title] of slate.entries()) {
    const position = i + 1;
    const luck = keyedRandom(`${requestId}/${position}`);
    const first = luck(0);
    if (!isActive || first >= share) {
      items.push({ ...title, position, propensity: isActive ? 1 - share : 1 });
      continue;
    }
    // The number that decided to explore also says where in the pool to look first.
    const titleId = pool.sample((attempt) => (attempt === 0 ? first : luck(attempt)), taken) ?? title.titleId;
    taken.add(titleId);
    items.push({ titleId, score: 0, source: 'exploration', position, propensity: share / pool.size() });
  }
  return items;
}
