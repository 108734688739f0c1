import {
  FEATURE_NAMES,
  genreAffinity,
  type MaterialisedUser,
  NO_TITLE_COUNTS,
  TITLE_FEATURES,
  type TitleFeatures,
  titleFeatures,
  USER_FEATURES,
} from '#domain/features/features.ts';
import type { CatalogueTitle, CatalogueTitles } from '../catalogue/catalogue.ts';
import type { ServingModel } from './model-loader.ts';

const WIDTH = FEATURE_NAMES.length;
/** Column of the feature of a pair of user and title: the last one. */
const AFFINITY = WIDTH - 1;
/** Number of the user's columns, which come first. */
const OF_USER = USER_FEATURES.length;

/** Data about a model's titles that is the same for all users. */
export interface TitleMatrix {
  readonly titles: CatalogueTitles;
  /** Start of the hour, UTC epoch ms. */
  readonly at: number;
  /** Shape (titles, features); 0 in columns that depend on the user. */
  readonly features: Float32Array;
  /** The genres of row r are `genreOf[genresFrom[r]]` up to, not including, `genreOf[genresFrom[r + 1]]`. Shape (titles + 1) */
  readonly genresFrom: Uint32Array;
  /** Indexes into `genres`. */
  readonly genreOf: Uint32Array;
  readonly genres: readonly string[];
  /** Row → title; undefined where the catalogue lacks it. */
  readonly byRow: readonly (CatalogueTitle | undefined)[];
}

/** The last matrix of each model. Computing one costs thousands of times as much as a request. */
const matrices = new WeakMap<ServingModel, TitleMatrix>();

/** Returns a model's matrix for the catalogue and the hour; computes it when either has changed. @param at start of the hour, UTC epoch ms */
export function titleMatrix(model: ServingModel, titles: CatalogueTitles, at: number): TitleMatrix {
  const known = matrices.get(model);
  if (known?.titles === titles && known.at === at) return known;
  const matrix = computeMatrix(model, titles, at);
  matrices.set(model, matrix);
  return matrix;
}

function computeMatrix({ titles: ids }: ServingModel, titles: CatalogueTitles, at: number): TitleMatrix {
  const features = new Float32Array(ids.length * WIDTH);
  const genresFrom = new Uint32Array(ids.length + 1);
  const genreOf: number[] = [];
  const byRow = ids.map((titleId) => titles.get(titleId));
  const numbers = new Map<string, number>();
  byRow.forEach((title, row) => {
    const { counts = NO_TITLE_COUNTS, releasedAt = at, genres = [] } = title ?? {};
    const ofTitle = titleFeatures(counts, releasedAt, at);
    for (let i = 0; i < TITLE_FEATURES.length; i++) {
      features[row * WIDTH + OF_USER + i] = ofTitle[TITLE_FEATURES[i] as keyof TitleFeatures];
    }
    for (const genre of genres) {
      const number = numbers.get(genre) ?? numbers.size;
      numbers.set(genre, number);
      genreOf.push(number);
    }
    genresFrom[row + 1] = genreOf.length;
  });
  return { titles, at, features, genresFrom, genreOf: Uint32Array.from(genreOf), genres: [...numbers.keys()], byRow };
}

/**
 * Returns the ranker's features for a user and some titles, with the columns in the order of FEATURE_NAMES.
 *
 * Shape   rows: rows of the model; result: (rows, features)
 */
export function featureMatrix(
  model: ServingModel,
  rows: ArrayLike<number>,
  user: Pick<MaterialisedUser, 'features' | 'genreShare'> & { readonly at: number },
  titles: CatalogueTitles,
): Float32Array {
  const { features, genresFrom, genreOf, genres } = titleMatrix(model, titles, user.at);
  const shares = new Float64Array(genres.length);
  for (let genre = 0; genre < genres.length; genre++) {
    shares[genre] = genreAffinity(user.genreShare, [genres[genre] as string]);
  }
  const ofUser = USER_FEATURES.map((name) => user.features[name]);
  const matrix = new Float32Array(rows.length * WIDTH);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    for (let column = 0; column < OF_USER; column++) matrix[i * WIDTH + column] = ofUser[column] as number;
    for (let column = OF_USER; column < AFFINITY; column++) {
      matrix[i * WIDTH + column] = features[row * WIDTH + column] as number;
    }
    const [from, to] = [genresFrom[row] as number, genresFrom[row + 1] as number];
    let share = 0;
    for (let genre = from; genre < to; genre++) share += shares[genreOf[genre] as number] as number;
    matrix[i * WIDTH + AFFINITY] = to === from ? 0 : share / (to - from);
  }
  return matrix;
}
