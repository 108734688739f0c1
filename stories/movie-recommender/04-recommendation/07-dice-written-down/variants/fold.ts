import { keyedRandom } from '#domain/core/keyed-random.ts';
import type { Exploration, SlateTitle } from '#domain/events/all-bricks-seam-types.ts';
import type { SlateItem } from '#domain/events/exposure-schemas.ts';

type Choice = Pick<SlateItem, 'titleId' | 'score' | 'source' | 'propensity'>;

const EVEN = 2;

/** Folds the slate from the top, and passes the choices so far to each next position. */
export function explore(slate: readonly SlateTitle[], { share, pool, requestId }: Exploration): SlateItem[] {
  const active = share > 0 && pool.holds(slate.length);
  const choose = (before: readonly Choice[], title: SlateTitle, index: number): Choice => {
    if (!active) return { ...title, propensity: 1 };
    // Each position has its own generator. Even salts decide, odd salts draw.
    const number = keyedRandom(`${requestId}#${index}`);
    if (number(0) >= share) return { ...title, propensity: 1 - share };
    const taken = new Set(before.filter(({ source }) => source === 'exploration').map(({ titleId }) => titleId));
    const titleId = pool.sample((attempt) => number(EVEN * attempt + 1), taken);
    return { titleId: titleId ?? title.titleId, score: 0, source: 'exploration', propensity: share / pool.size() };
  };
  return slate
    .reduce<readonly Choice[]>((before, title, index) => before.concat(choose(before, title, index)), [])
    .map(({ titleId, score, source, propensity }, i) => ({ titleId, score, source, position: i + 1, propensity }));
}
