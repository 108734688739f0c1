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
import { type CatalogueTitles, isAvailable } from '../catalogue/catalogue.ts';
import type { Champion } from './serving-model.ts';

const WIDTH = FEATURE_NAMES.length;
/** The pair's feature is the last. */
const AFFINITY = WIDTH - 1;
const OF_USER = USER_FEATURES.length;

/** What is the same of each of the champion's titles for whoever asks. */
export interface TitleMatrix {
  readonly titles: CatalogueTitles;
  readonly at: number;
  /** Shape (titles, features); 0 where the user decides. */
  readonly features: Float32Array;
  /** Of title `row`: the numbers `genreOf[genresFrom[row]]` up to, not including, `genreOf[genresFrom[row + 1]]`. */
  readonly genresFrom: Uint32Array;
  readonly genreOf: Uint32Array;
  readonly genres: readonly string[];
  /** Its first one, or nothing. */
  readonly firstGenre: readonly string[];
  readonly names: readonly string[];
  /** 1 where anybody may be shown it. */
  readonly available: Uint8Array;
}

/** Made once per champion, reading of the catalogue and hour: what it costs is thousands of times what a request does. */
const made = new WeakMap<Champion, TitleMatrix>();

export function titleMatrix(champion: Champion, titles: CatalogueTitles, at: number): TitleMatrix {
  const known = made.get(champion);
  if (known?.titles === titles && known.at === at) return known;
  const matrix = makeMatrix(champion, titles, at);
  made.set(champion, matrix);
  return matrix;
}

function makeMatrix({ titles: ids }: Champion, titles: CatalogueTitles, at: number): TitleMatrix {
  const features = new Float32Array(ids.length * WIDTH);
  const genresFrom = new Uint32Array(ids.length + 1);
  const available = new Uint8Array(ids.length);
  const [genreOf, firstGenre, names]: [number[], string[], string[]] = [[], [], []];
  const numbers = new Map<string, number>();
  ids.forEach((titleId, row) => {
    const title = titles.get(titleId);
    const { counts = NO_TITLE_COUNTS, releasedAt = at, genres = [] } = title ?? {};
    available[row] = isAvailable(title, at) ? 1 : 0;
    firstGenre.push(genres[0] ?? '');
    names.push(title?.name ?? titleId);
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
  const genres = [...numbers.keys()];
  return { titles, at, features, genresFrom, genreOf: Uint32Array.from(genreOf), genres, firstGenre, names, available };
}

/**
 * The ranker's features for one user and some titles, in the order of FEATURE_NAMES.
 *
 * Shape   rows: numbers of the champion's titles; result (rows, features)
 */
export function featureMatrix(
  champion: Champion,
  rows: ArrayLike<number>,
  user: Pick<MaterialisedUser, 'features' | 'genreShare'> & { readonly at: number },
  titles: CatalogueTitles,
): Float32Array {
  const { features, genresFrom, genreOf, genres } = titleMatrix(champion, titles, user.at);
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
