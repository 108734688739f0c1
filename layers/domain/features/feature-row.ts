import { DAY } from '../core/time.ts';
import { FEATURE_NAMES, type TitleCounts, type UserFeatures } from './feature-names-and-online-items.ts';

/** Features of a user that do not depend on the title. */
export interface UserInput {
  readonly features: UserFeatures;
  /** Genre → share of the user's plays, 0 to 1. */
  readonly genreShare: Readonly<Record<string, number>>;
}

/** Features of a title that do not depend on the user. */
export interface TitleInput {
  readonly counts: TitleCounts;
  /** UTC epoch milliseconds. */
  readonly releasedAt: number;
  readonly genres: readonly string[];
}

const WIDTH = FEATURE_NAMES.length;

/**
 * Returns the ranker's input for one user and one title, in the order of FEATURE_NAMES: the columns of the training set
 * (functions/feature-engineering/views/sql/training/labelled-features.sql). A missing value is 0.
 *
 * Shape   result: (features), 32-bit floats: training and serving round in the same way
 * Unit    ageDays: days, 0 before the release; genreAffinity: 0 to 1
 * Never   reads a clock (the age is computed for the time of the request); returns null or NaN
 *
 * @param at time of the request, UTC epoch ms
 * @param row where to write the features, from the index `first` on @default - a new array
 * @returns `row`
 */
export function featureRow(
  { features, genreShare }: UserInput,
  title: TitleInput,
  at: number,
  row = new Float32Array(WIDTH),
  first = 0,
): Float32Array {
  // One assignment per column: a loop over names takes three times as long, and serving calls this for every candidate.
  row[first + 0] = features.plays7d;
  row[first + 1] = features.playsTotal;
  row[first + 2] = features.meanRating;
  row[first + 3] = title.counts.plays7d;
  row[first + 4] = title.counts.playsTotal;
  row[first + 5] = title.counts.meanRating;
  row[first + 6] = Math.max(0, at - title.releasedAt) / DAY;
  row[first + 7] = genreAffinity(genreShare, title.genres);
  return row;
}

/** Returns the mean, over the title's genres, of their share in the user's plays; 0 if the title has no genre. */
function genreAffinity(share: UserInput['genreShare'], genres: readonly string[]): number {
  if (genres.length === 0) return 0;
  let sum = 0;
  for (const genre of genres) {
    const value = share[genre];
    // A genre may have the name of an inherited property, such as `constructor`, whose value is not a number.
    if (typeof value === 'number') sum += value;
  }
  return sum / genres.length;
}
