import { DAY } from '../core/time.ts';

/**
 * A feature view: a group of features with the same entity, source and age limits. The table `user_changes` is computed by
 * functions/feature-engineering/views/sql/features/user-changes.sql; training sets, snapshots and the online table read it.
 */
export interface FeatureView {
  readonly name: string;
  readonly description: string;
  /** Brick whose team maintains the view, a folder of functions/. */
  readonly owner: string;
  readonly entity: 'user' | 'title';
  /** Key columns of the change table: numbers of users, titles and genres. */
  readonly keys: readonly string[];
  /** Name → meaning and unit. Every feature is a 32-bit float. */
  readonly features: Readonly<Record<string, string>>;
  /** Milliseconds after which the view is stale: its owner is alerted. */
  readonly freshness: number;
  /** Milliseconds after which the features are served as absent. */
  readonly ttl: number;
  /** Name of the change table: `keys`, `since` and running sums. The value at time t is the last row with `since <= t`. */
  readonly table: string;
}

const COUNT_FEATURES = {
  plays7d: 'plays of the last seven days',
  playsTotal: 'all plays',
  meanRating: 'mean of the ratings, 0.5 to 5 stars',
} as const;
const LIMITS = { owner: 'feature-engineering', freshness: DAY, ttl: 30 * DAY };

const user = {
  ...LIMITS,
  name: 'user',
  description: 'How much a user plays, and how the user rates',
  entity: 'user',
  keys: ['userNo'],
  features: COUNT_FEATURES,
  table: 'user_changes',
} as const satisfies FeatureView;

/** The age of a title is not part of the view: it is computed from the clock. */
const title = {
  ...LIMITS,
  name: 'title',
  description: 'How much a title is played, and how it is rated',
  entity: 'title',
  keys: ['titleNo'],
  features: COUNT_FEATURES,
  table: 'title_plays_and_ratings',
} as const satisfies FeatureView;

const userGenre = {
  ...LIMITS,
  name: 'user_genre',
  description: 'Which genres a user plays; plays of titles without a genre do not count',
  entity: 'user',
  keys: ['userNo', 'genreNo'],
  features: { share: "the genre's share of the user's plays, 0 to 1; a play of n genres counts 1/n for each" },
  table: 'user_genre_plays',
} as const satisfies FeatureView;

/** All feature views. Serving and training use all of them. To add one, see docs/features.md. */
export const FEATURE_VIEWS = { user, title, userGenre } as const;
export type ViewName = keyof typeof FEATURE_VIEWS;
