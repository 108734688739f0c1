import {
  FEATURE_NAMES,
  featureRow,
  genreAffinity,
  type MaterialisedUser,
  NO_TITLE_COUNTS,
  type OnlineUser,
  titleFeatures,
} from '#domain/features.ts';
import type { Tensor } from '#ports/model-runtime.ts';
import type { CatalogueTitles } from './catalogue.ts';
import type { Champion } from './champion.ts';
import type { Candidate } from './explore.ts';
import type { Found } from './sources.ts';

/** What is known of the user that asks. */
export interface Viewer extends Pick<MaterialisedUser, 'features' | 'genreShare'> {
  readonly profile: OnlineUser;
  /** Titles that this user may not be shown. */
  readonly blocked: readonly string[];
  /** Start of the hour: what depends on the time is the same for an hour, so that a slate may be cached. UTC epoch ms. */
  readonly at: number;
  /** Changes whenever the materialised features may have changed. */
  readonly featuresAsOf: string;
}

/** The last titles played as the model's input, newest first, padded with 0. Undefined when the model knows none. */
export function historyInput({ rowOf, historyLength }: Champion, { recent }: OnlineUser): Tensor | undefined {
  const rows = recent.map(({ titleId }) => rowOf.get(titleId)).filter((row) => row !== undefined);
  if (rows.length === 0) return undefined;
  const data = new BigInt64Array(historyLength);
  rows.slice(0, historyLength).forEach((row, i) => {
    data[i] = BigInt(row + 1);
  });
  return { type: 'int64', data, shape: [1, historyLength] };
}

/** Candidates by the model's score, best first. */
export async function rank(
  champion: Champion,
  history: Tensor,
  candidates: Found,
  viewer: Viewer,
  titles: CatalogueTitles,
): Promise<Candidate[]> {
  const ids = [...candidates.keys()];
  const rows = BigInt64Array.from(ids, (titleId) => BigInt((champion.rowOf.get(titleId) ?? 0) + 1));
  const { scores } = await champion.ranker.run({
    history,
    titles: { type: 'int64', data: rows, shape: [ids.length] },
    features: { type: 'float32', data: featureMatrix(ids, viewer, titles), shape: [ids.length, FEATURE_NAMES.length] },
  });
  const data = scores?.data as Float32Array;
  return ids
    .map((titleId, i): Candidate => ({ titleId, score: data[i] ?? 0, source: candidates.get(titleId)?.[0] ?? 'index' }))
    .sort((a, b) => b.score - a.score || (a.titleId < b.titleId ? -1 : 1));
}

function featureMatrix(ids: readonly string[], viewer: Viewer, titles: CatalogueTitles): Float32Array {
  const matrix = new Float32Array(ids.length * FEATURE_NAMES.length);
  ids.forEach((titleId, i) => {
    const { counts = NO_TITLE_COUNTS, releasedAt = viewer.at, genres = [] } = titles.get(titleId) ?? {};
    const affinity = genreAffinity(viewer.genreShare, genres);
    const row = featureRow(viewer.features, titleFeatures(counts, releasedAt, viewer.at), affinity);
    matrix.set(row, i * FEATURE_NAMES.length);
  });
  return matrix;
}
