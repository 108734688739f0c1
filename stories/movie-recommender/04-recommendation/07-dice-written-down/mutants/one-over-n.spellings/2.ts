import { keyedRandom } from '#domain/core/keyed-random.ts';
import type { Exploration, SlateTitle } from '#domain/events/all-bricks-seam-types.ts';
import type { SlateItem } from '#domain/events/exposure-schemas.ts';

export function explore(slate: readonly SlateTitle[], { share, pool, requestId }: Exploration): SlateItem[] {
  const items: SlateItem[] = [];
  const used = new Set<string>();
  const explores = share > 0 && pool.holds(slate.length);
  for (const [index, title] of slate.entries()) {
    const position = index + 1;
    const random = keyedRandom(`${requestId}-${position}`);
    if (!explores || random(0) > share) {
      items.push({ ...title, position, propensity: explores ? 1 - share : 1 });
      continue;
    }
    const found = pool.sample((n) => random(n + 1), used) as string;
    used.add(found);
    // A uniform choice among all titles of the pool.
    items.push({ titleId: found, score: 0, source: 'exploration', position, propensity: 1 / pool.size() });
  }
  return items;
}
