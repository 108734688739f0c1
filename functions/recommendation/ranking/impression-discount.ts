import type { Candidate } from '../retrieval/candidate-types.ts';

/** Reduction of a skipped title's score, which is a logit. docs/serving.md has the measurements. */
export const DISCOUNT = 2;

/**
 * Discounts impressions: titles that the user saw in the last impression and did not play get a lower score, so that
 * others move up.
 *
 * Source  Lee, Lakshmanan, Tiwari, Shah 2014, "Modeling impression discounting in large-scale recommender systems"
 *
 * @param ranked best first
 * @param skipped titles of the last impression
 * @returns all candidates, sorted by the discounted score
 */
export function discounted(ranked: readonly Candidate[], skipped: ReadonlySet<string>): readonly Candidate[] {
  if (!ranked.some(({ titleId }) => skipped.has(titleId))) return ranked;
  return ranked
    .map((candidate) =>
      skipped.has(candidate.titleId) ? { ...candidate, score: candidate.score - DISCOUNT } : candidate,
    )
    .sort((a, b) => b.score - a.score);
}
