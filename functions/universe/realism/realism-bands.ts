import { gini, mean, quantile } from '#domain/core/paired-and-bootstrap-estimates.ts';
import { peakToTrough, type Statistics, shareOfTop } from './interaction-statistics.ts';

/**
 * Predictability of the users' choices: hit rate at 10 (HR@10) with leave-one-out and 99 sampled negatives, by model.
 */
export interface Learnability {
  readonly popularity: number;
  readonly factorisation: number;
}

/** Range of values in which a statistic of a realistic world falls. */
export interface Band {
  readonly name: string;
  /** Bounds, both inclusive. */
  readonly from: number;
  readonly to: number;
  /** Origin of the bounds. */
  readonly source: string;
  readonly of: (statistics: Statistics) => number;
}

export interface LearnabilityBand extends Omit<Band, 'of'> {
  readonly of: keyof Learnability;
}

const MOVIELENS = 'MovieLens-100K and MovieLens-1M, with a margin on both sides';
const VIEWING =
  'people who watch films, unlike MovieLens users, who rate films that they know: a session has one or a few films';
const MEDIAN = 0.5;
const P90 = 0.9;
const TOP = 0.01;
const TENTH = 0.1;

/** Bands of the statistics of a realistic world. */
export const BANDS: readonly Band[] = [
  band(
    'user activity: median / mean',
    [0.5, 0.75],
    MOVIELENS,
    ({ activity }) => quantile(activity, MEDIAN) / mean(activity),
  ),
  band('user activity: Gini', [0.42, 0.58], MOVIELENS, ({ activity }) => gini(activity)),
  band('item popularity: Gini', [0.58, 0.7], MOVIELENS, ({ popularity }) => gini(popularity)),
  band('item popularity: share of the top 1 %', [0.06, 0.12], MOVIELENS, ({ popularity }) =>
    shareOfTop(popularity, TOP),
  ),
  band('item popularity: share of the top 10 %', [0.38, 0.52], MOVIELENS, ({ popularity }) =>
    shareOfTop(popularity, TENTH),
  ),
  band('ratings: mean', [3.4, 3.7], MOVIELENS, ({ meanRating }) => meanRating),
  band('ratings: most frequent', [4, 4], MOVIELENS, ({ stars }) => stars.indexOf(Math.max(...stars)) + 1),
  band('ratings: share of 4 and 5 stars', [0.5, 0.65], MOVIELENS, ({ stars }) => (stars[3] ?? 0) + (stars[4] ?? 0)),
  band('ratings: correlation with log popularity', [0.3, 0.7], MOVIELENS, (s) => s.popularityAndRating),
  band(
    'hour of the day: peak / trough',
    [3, 40],
    'Yu et al. 2006: far fewer views at night than in the evening',
    ({ hours }) => peakToTrough(hours),
  ),
  band('day of the week: peak / trough', [1.1, 2], 'Yu et al. 2006: more views at weekends', ({ weekdays }) =>
    peakToTrough(weekdays),
  ),
  band('session: median plays', [1, 3], VIEWING, ({ sessionLengths }) => quantile(sessionLengths, MEDIAN)),
  band('session: 90th percentile of plays', [2, 6], VIEWING, ({ sessionLengths }) => quantile(sessionLengths, P90)),
  band('gap between sessions: median hours', [6, 120], VIEWING, ({ gaps }) => quantile(gaps, MEDIAN)),
  band(
    'gap between sessions: 90th percentile / median',
    [3, 30],
    'heavy tails: Malmgren et al. 2008',
    ({ gaps }) => quantile(gaps, P90) / quantile(gaps, MEDIAN),
  ),
];

const PROTOCOL = 'He et al. 2017; Rendle et al. 2020 on MovieLens-1M';

export const LEARNABILITY_BANDS: readonly LearnabilityBand[] = [
  { name: 'learnability: HR@10 of popularity', from: 0.4, to: 0.5, source: PROTOCOL, of: 'popularity' },
  { name: 'learnability: HR@10 of a factorisation', from: 0.65, to: 0.78, source: PROTOCOL, of: 'factorisation' },
];

function band(name: string, [from, to]: readonly [number, number], source: string, of: Band['of']): Band {
  return { name, from, to, source, of };
}

export const isInside = ({ from, to }: Pick<Band, 'from' | 'to'>, value: number): boolean =>
  value >= from && value <= to;
