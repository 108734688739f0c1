import { featureRow, type TitleInput } from '#domain/features/feature-row.ts';
import { FEATURE_NAMES, type MaterialisedUser, NO_TITLE_COUNTS } from '#domain/features/online-features.ts';
import type { CatalogueTitles } from '../catalogue/load-catalogue.ts';
import type { ServingModel } from './model-loader.ts';

const WIDTH = FEATURE_NAMES.length;

/** Data about a model's titles that is the same for all users. */
export interface TitleMatrix {
  readonly titles: CatalogueTitles;
  /** Start of the hour, UTC epoch ms. */
  readonly at: number;
  /** Row → the title's part of the ranker's input. */
  readonly inputs: readonly TitleInput[];
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
  const genreLists = new Map<string, readonly string[]>();
  // Copies the inputs one after another and shares equal lists of genres, so that a request reads far less memory.
  const inputs = ids.map((titleId): TitleInput => {
    const { counts = NO_TITLE_COUNTS, releasedAt = at, genres: own = [] } = titles.get(titleId) ?? {};
    const { plays7d, playsTotal, meanRating } = counts;
    const key = JSON.stringify(own);
    const genres = genreLists.get(key) ?? own;
    genreLists.set(key, genres);
    return { counts: { plays7d, playsTotal, meanRating }, releasedAt, genres };
  });
  return { titles, at, inputs, firstGenre: inputs.map(({ genres }) => genres[0] ?? '') };
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
  const { inputs } = titleMatrix(model, titles, user.at);
  const matrix = new Float32Array(rows.length * WIDTH);
  for (let i = 0; i < rows.length; i++) {
    // Writes in place, because an array per title would double the cost.
    featureRow(user, inputs[rows[i] as number] as TitleInput, user.at, matrix, i * WIDTH);
  }
  return matrix;
}
