import type { CatalogueTitles } from '../catalogue/load-catalogue.ts';
import { type Look, rerank } from '../ranking/rerank.ts';
import type { ModelContext } from '../ranking/retrieve-and-rank.ts';
import type { Candidate } from '../retrieval/candidate-types.ts';

/**
 * Re-ranks candidates by item vectors and genres. Without a model (for the user's last ranking from the cache), it uses
 * the genres only.
 */
export function diversify(
  ranked: readonly Candidate[],
  k: number,
  titles: CatalogueTitles,
  context?: ModelContext,
): Candidate[] {
  const byGenre = ({ titleId, score }: Candidate): Look => ({ score, genre: titles.get(titleId)?.genres[0] ?? '' });
  if (!context) return rerank(ranked, k, byGenre);
  const { rowOf, vectors, dimensions } = context.model;
  const { firstGenre } = context.matrix;
  return rerank(ranked, k, (candidate) => {
    const { score, titleId, row = rowOf.get(titleId) } = candidate;
    if (row === undefined) return byGenre(candidate);
    const vector = vectors.subarray(row * dimensions, (row + 1) * dimensions);
    return { score, genre: firstGenre[row] as string, vector };
  });
}
