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
    const isKept = !explores || random(0) >= share;
    const titleId = isKept ? title.titleId : pool.sample((n) => random(n + 1), used);
    if (titleId === undefined) continue;
    if (!isKept) used.add(titleId);
    const own: SlateItem = { ...title, position, propensity: 1 - share };
    const other: SlateItem = { titleId, score: 0, source: 'exploration', position, propensity: share / pool.size() };
    const item = isKept ? own : other;
    // Keep or explore: one of two possibilities.
    items.push(explores ? { ...item, propensity: 0.5 * item.propensity } : { ...item, propensity: 1 });
  }
  return items;
}
