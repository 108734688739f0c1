import type { Candidate } from '../exploration/explore.ts';

/** Taken off the score, which is a logit. docs/serving.md says what was measured. */
export const DISCOUNT = 2;

/**
 * Impression discounting: what the user looked at the last time and did not play appeals less now, so that others come first.
 *
 * @param ranked best first
 * @returns all of them, best first by the scores that are left
 * Source  Lee, Lakshmanan, Tiwari, Shah 2014, "Modeling impression discounting in large-scale recommender systems"
 */
export function discounted(ranked: readonly Candidate[], passedOver: ReadonlySet<string>): readonly Candidate[] {
  if (!ranked.some(({ titleId }) => passedOver.has(titleId))) return ranked;
  return ranked
    .map((candidate) =>
      passedOver.has(candidate.titleId) ? { ...candidate, score: candidate.score - DISCOUNT } : candidate,
    )
    .sort((a, b) => b.score - a.score);
}
