import { BrickError } from '../core/brick-error.ts';

export class InvalidCutoff extends BrickError {
  override readonly code = 'BRICK_INVALID_CUTOFF';
  constructor(k: number) {
    super({
      what: `the cutoff k cannot be ${k}`,
      why: 'k is the number of top positions to evaluate',
      fix: 'Use an integer of 1 or more',
    });
  }
}

/**
 * Returns the normalised discounted cumulative gain of one ranking, with binary relevance.
 *
 * Shape   ranked: n item ids, best first, distinct; relevant: any number of ids
 * Unit    none: 0 (no hit in the first k) to 1 (ideal order); 0 if no item is relevant
 * Error   InvalidCutoff unless k is an integer of 1 or more
 * Source  Järvelin & Kekäläinen 2002, ACM TOIS 20(4); discount 1 / log2(rank + 1)
 */
export function ndcg(ranked: readonly string[], relevant: ReadonlySet<string>, k: number): number {
  const gain = firstOf(ranked, k).reduce((sum, id, i) => sum + (relevant.has(id) ? discount(i + 1) : 0), 0);
  let ideal = 0;
  for (let rank = 1; rank <= Math.min(k, relevant.size); rank++) ideal += discount(rank);
  return ideal === 0 ? 0 : gain / ideal;
}

const discount = (rank: number) => 1 / Math.log2(rank + 1);

/** Returns 1 if one of the first k items is relevant, else 0. @throws InvalidCutoff */
export const hitRate = (ranked: readonly string[], relevant: ReadonlySet<string>, k: number): number =>
  firstOf(ranked, k).some((id) => relevant.has(id)) ? 1 : 0;

/** Returns the share of the relevant items that are among the first k, 0 to 1; 0 if no item is relevant. @throws InvalidCutoff */
export function recall(ranked: readonly string[], relevant: ReadonlySet<string>, k: number): number {
  const hits = firstOf(ranked, k).filter((id) => relevant.has(id)).length;
  return relevant.size === 0 ? 0 : hits / relevant.size;
}

/**
 * Returns the share of the catalogue that is among the first k items of at least one ranking, 0 to 1.
 *
 * @param catalogue number of titles in the catalogue; 0 gives 0
 * @throws InvalidCutoff
 */
export function coverage(rankings: Iterable<readonly string[]>, catalogue: number, k: number): number {
  const shown = new Set<string>();
  for (const ranked of rankings) for (const id of firstOf(ranked, k)) shown.add(id);
  return catalogue === 0 ? 0 : shown.size / catalogue;
}

function firstOf(ranked: readonly string[], k: number): readonly string[] {
  if (!Number.isInteger(k) || k < 1) throw new InvalidCutoff(k);
  return ranked.slice(0, k);
}
