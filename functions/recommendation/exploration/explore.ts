import { keyedRandom } from '#domain/core/keyed-random.ts';
import { MAX_SLATE } from '#domain/events/api-contract.ts';
import type { SlateItem } from '#domain/events/exposures.ts';
import type { Pool } from './exploration-pool.ts';

/** A title with the reason it is there, before it has a position. */
export interface Candidate extends Pick<SlateItem, 'titleId' | 'score' | 'source'> {
  /** Its row in the model that ranked it. @default - it is looked up */
  readonly row?: number;
}

/** A candidate that a model has just ranked, or that is served by the same version still. */
export type Ranked = Candidate & Required<Pick<Candidate, 'row'>>;

interface Exploration {
  /** Probability that a position is given to exploration, 0 to 1. */
  readonly share: number;
  /** Unseen titles that are not in the slate. */
  readonly pool: Pool;
  /** Draws follow from it: the same request explores the same. */
  readonly requestId: string;
}

const WHETHER = 0;
const WHICH = 1;
/** Between the draws of one attempt and the next: more than the positions of a slate need. */
const SALTS = 2 * (MAX_SLATE + 1);

/**
 * Gives some positions to titles that would not be shown, so that what we do not know can be learned.
 *
 * Each position explores on its own with probability `share`; its title is drawn uniformly from the pool, without
 * replacement. So a slate's own title has propensity 1 − share, and by symmetry each explored title share / |pool|. With a
 * pool smaller than the slate nothing is explored and every propensity is 1.
 */
export function explore(slate: readonly Candidate[], { share, pool, requestId }: Exploration): SlateItem[] {
  const active = share > 0 && pool.holds(slate.length);
  const taken = new Set<string>();
  const random = keyedRandom(requestId);
  return slate.map(({ titleId: own, score, source }, i) => {
    const position = i + 1;
    if (!active) return { titleId: own, score, source, position, propensity: 1 };
    if (random(2 * position + WHETHER) >= share) return { titleId: own, score, source, position, propensity: 1 - share };
    const unit = (attempt: number) => random(2 * position + WHICH + attempt * SALTS);
    const titleId = pool.draw(unit, taken) ?? own;
    taken.add(titleId);
    return { titleId, score: 0, source: 'exploration', position, propensity: share / pool.size() };
  });
}

/** A uniform slate of unseen titles: the random policy. Each title has propensity 1 / n at each position. */
export function randomSlate(unseen: readonly string[], k: number, requestId: string): SlateItem[] {
  const left = [...unseen];
  const random = keyedRandom(requestId);
  return Array.from({ length: Math.min(k, unseen.length) }, (_, i) => {
    const at = Math.floor(random(i) * left.length);
    const [titleId = ''] = left.splice(at, 1);
    return { titleId, score: 0, source: 'random', position: i + 1, propensity: 1 / unseen.length };
  });
}
