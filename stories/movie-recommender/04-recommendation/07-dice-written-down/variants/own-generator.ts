import type { Exploration, SlateTitle } from '#domain/events/all-bricks-seam-types.ts';
import type { SlateItem } from '#domain/events/exposure-schemas.ts';

/** A linear walk over the positions, with a small generator of its own that the request seeds. */
export function explore(slate: readonly SlateTitle[], { share, pool, requestId }: Exploration): SlateItem[] {
  const items: SlateItem[] = [];
  const shown = new Set<string>();
  const next = generator(seedOf(requestId));
  const isPossible = pool.holds(slate.length);
  let position = 0;
  for (const title of slate) {
    position++;
    const wantsToExplore = next() < share;
    if (!isPossible || share === 0) {
      items.push({ ...title, position, propensity: 1 });
    } else if (!wantsToExplore) {
      items.push({ ...title, position, propensity: 1 - share });
    } else {
      const titleId = pool.sample(() => next(), shown);
      if (titleId === undefined) throw new Error('the pool is empty although it holds enough titles');
      shown.add(titleId);
      items.push({ titleId, score: 0, source: 'exploration', position, propensity: share / pool.size() });
    }
  }
  return items;
}

/** FNV-1a over the characters. */
function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return hash >>> 0;
}

/** Returns mulberry32: a generator of numbers in [0, 1). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
