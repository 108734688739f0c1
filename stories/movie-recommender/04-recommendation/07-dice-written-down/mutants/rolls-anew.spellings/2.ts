import { keyedRandom } from '#domain/core/keyed-random.ts';
import type { Exploration, SlateTitle } from '#domain/events/all-bricks-seam-types.ts';
import type { SlateItem } from '#domain/events/exposure-schemas.ts';

/** One generator for all requests: each number is used once. */
let rolled = 0;
const roll = keyedRandom('explore');

export function explore(slate: readonly SlateTitle[], { share, pool }: Exploration): SlateItem[] {
  const isActive = share > 0 && pool.holds(slate.length);
  const taken = new Set<string>();
  const items: SlateItem[] = [];
  for (const [i, title] of slate.entries()) {
    const position = i + 1;
    if (!isActive) items.push({ ...title, position, propensity: 1 });
    else if (roll(rolled++) >= share) items.push({ ...title, position, propensity: 1 - share });
    else {
      const titleId = pool.sample(() => roll(rolled++), taken) ?? title.titleId;
      taken.add(titleId);
      items.push({ titleId, score: 0, source: 'exploration', position, propensity: share / pool.size() });
    }
  }
  return items;
}
