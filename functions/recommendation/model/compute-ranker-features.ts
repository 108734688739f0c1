import {
  FEATURE_NAMES,
  type MaterialisedUser,
  NO_TITLE_COUNTS,
} from '#domain/features/feature-names-and-online-items.ts';
import { featureRow } from '#domain/features/feature-row.ts';
import type { CatalogueTitles } from '../catalogue/load-catalogue.ts';
import type { ServingModel } from './load-and-cache-model-versions.ts';

const WIDTH = FEATURE_NAMES.length;
const NO_GENRES: readonly string[] = [];

/** Numbers per title in `TitleMatrix.numbers`: plays7d, playsTotal, meanRating, releasedAt. */
const NUMBERS = 4;

/** Data about a model's titles that is the same for all users. */
export interface TitleMatrix {
  readonly titles: CatalogueTitles;
  /** Start of the hour, UTC epoch ms. */
  readonly at: number;
  /** Shape (titles × NUMBERS). One block of memory, because a request reads 270 titles at random places. */
  readonly numbers: Float64Array;
  /** Genres of each title; titles with equal genres share a list. */
  readonly genres: readonly (readonly string[])[];
  /** First genre of each title; empty if it has none. */
  readonly firstGenre: readonly string[];
}

/** The last matrix of each model. Computing one costs thousands of times as much as a request. */
const matrices = new WeakMap<ServingModel, TitleMatrix>();

/**
 * Returns a model's matrix for the catalogue and the hour; computes it when either has changed.
 *
 * @param at start of the hour, UTC epoch ms
 */
export function titleMatrix(model: ServingModel, titles: CatalogueTitles, at: number): TitleMatrix {
  const known = matrices.get(model);
  if (known?.titles === titles && known.at === at) return known;
  const matrix = computeMatrix(model, titles, at);
  matrices.set(model, matrix);
  return matrix;
}

function computeMatrix({ titles: ids }: ServingModel, titles: CatalogueTitles, at: number): TitleMatrix {
  const numbers = new Float64Array(ids.length * NUMBERS);
  const genreLists = new Map<string, readonly string[]>();
  const genres = ids.map((titleId, row) => {
    const { counts = NO_TITLE_COUNTS, releasedAt = at, genres: own = [] } = titles.get(titleId) ?? {};
    numbers.set([counts.plays7d, counts.playsTotal, counts.meanRating, releasedAt], row * NUMBERS);
    const key = JSON.stringify(own);
    const shared = genreLists.get(key) ?? own;
    genreLists.set(key, shared);
    return shared;
  });
  return { titles, at, numbers, genres, firstGenre: genres.map((list) => list[0] ?? '') };
}

/**
 * Returns the ranker's features for a user and some titles: one featureRow per title.
 *
 * Shape   rows: rows of the model; result: (rows, features)
 */
export function featureMatrix(
  model: ServingModel,
  rows: ArrayLike<number>,
  user: Pick<MaterialisedUser, 'features' | 'genreShare'> & { readonly at: number },
  titles: CatalogueTitles,
): Float32Array {
  const { numbers, genres } = titleMatrix(model, titles, user.at);
  const matrix = new Float32Array(rows.length * WIDTH);
  // One object for all titles, and features written in place: allocations would double the cost.
  const counts = { plays7d: 0, playsTotal: 0, meanRating: 0 };
  const title = { counts, releasedAt: 0, genres: NO_GENRES };
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    const first = row * NUMBERS;
    counts.plays7d = numbers[first] as number;
    counts.playsTotal = numbers[first + 1] as number;
    counts.meanRating = numbers[first + 2] as number;
    title.releasedAt = numbers[first + 3] as number;
    title.genres = genres[row] as readonly string[];
    featureRow(user, title, user.at, matrix, i * WIDTH);
  }
  return matrix;
}
