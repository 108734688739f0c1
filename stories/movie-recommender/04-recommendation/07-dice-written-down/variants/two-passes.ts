import { hashUnit } from '#domain/core/keyed-random.ts';
import type { Exploration, SlateTitle } from '#domain/events/all-bricks-seam-types.ts';
import type { SlateItem } from '#domain/events/exposure-schemas.ts';

/** First decides which positions explore, then draws that many titles, then builds the items. */
export function explore(slate: readonly SlateTitle[], { share, pool, requestId }: Exploration): SlateItem[] {
  const certain = share <= 0 || !pool.holds(slate.length);
  const positions = slate.map((_, i) => i + 1);
  const exploring = positions.filter((position) => !certain && hashUnit(`${requestId}/explore/${position}`) < share);
  const drawn = new Map<number, string>();
  for (const position of exploring) {
    const die = (attempt: number) => hashUnit(`${requestId}/title/${position}/${attempt}`);
    const titleId = pool.sample(die, new Set(drawn.values()));
    if (titleId !== undefined) drawn.set(position, titleId);
  }
  const explored = { score: 0, source: 'exploration', propensity: share / Math.max(1, pool.size()) } as const;
  const kept = { propensity: certain ? 1 : 1 - share };
  return slate.map((title, i) => {
    const position = i + 1;
    const titleId = drawn.get(position);
    return titleId === undefined ? { ...title, position, ...kept } : { titleId, position, ...explored };
  });
}
