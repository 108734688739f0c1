import type { Ranked } from '../retrieval/candidate-types.ts';
import { scoreSort } from './order-indexes-by-score.ts';

/** A candidate without a score. */
export type Unranked = Omit<Ranked, 'score'>;

/** Returns the features of the candidates, one row each, in their order. Shape (candidates, features) */
export type FeaturesOf = (candidates: readonly Unranked[]) => Float32Array;
/** Returns the candidates' scores, in their order. Shape (candidates) */
export type Score = (candidates: readonly Unranked[], features: Float32Array) => Promise<Float32Array>;

/**
 * Sorts candidates by the model's score, best first; equal scores by id. Candidates whose score is NaN come last.
 *
 * Unit    a score has the model's unit (a logit)
 * Never   drops a candidate before the model has scored it; calls the model more than once per request; depends on the
 *         order of the candidates
 *
 * @returns all candidates with their scores
 */
export async function rank(candidates: readonly Unranked[], featuresOf: FeaturesOf, score: Score): Promise<Ranked[]> {
  const scores = await score(candidates, featuresOf(candidates));
  const idAt = (index: number) => (candidates[index] as Unranked).titleId;
  const order = scoreSort(scores, (a, b) => idAt(a) < idAt(b));
  const ranked: Ranked[] = [];
  for (const index of order) {
    const { titleId, source, row } = candidates[index] as Unranked;
    ranked.push({ titleId, score: scores[index] as number, source, row });
  }
  return ranked;
}
