import { DAY, WEEK } from '../core/time.ts';

/**
 * Every feature view, in one place: what it means, who answers for it, how old it may be, and its SQL. Training sets, snapshots
 * and the online table are all made from these definitions (functions/feature-engineering); serving reads its limits here.
 */
export interface FeatureView {
  readonly name: string;
  readonly description: string;
  /** The team that answers for it: a brick of functions/. */
  readonly owner: string;
  readonly entity: 'user' | 'title';
  /** What the change table is keyed by: numbers of users, titles and genres (functions/feature-engineering/views/feature-changes.ts). */
  readonly keys: readonly string[];
  /** Name → meaning and unit. Every feature is a 32-bit float. */
  readonly features: Readonly<Record<string, string>>;
  /** Older than this, milliseconds, it counts as stale: somebody should look. */
  readonly freshness: number;
  /** Older than this, milliseconds, it is served as absent. */
  readonly ttl: number;
  /** The change table's name. */
  readonly table: string;
  /**
   * SQL of the change table: `keys`, `since` and running sums. The value as of any t is the last row with `since <= t`. Rows of
   * one key and time hold the same sums, so that it does not matter which of them a join takes.
   */
  readonly changes: string;
  /** Feature → SQL over the row of changes that holds, by its alias. Null where nothing is known; that is trained on and served as 0. */
  readonly values: Readonly<Record<string, (row: string) => string>>;
}

/** From when a happening is known: after it happened, and once it has come in. */
export const KNOWN_AT = 'greatest(occurredAt + 1, ingestedAt)';
/** From when a happening is no longer within the last seven days: `occurredAt < t − 7 d`. */
export const OUT_OF_WEEK = `greatest(occurredAt + ${WEEK} + 1, ingestedAt)`;

/**
 * A play's weight: a multiple of 1 to 20, the most genres a title may have, so that a play is split into whole numbers.
 * Sums of whole numbers do not depend on the order of adding; sums of thirds do, in the last bit.
 */
export const WHOLE_PLAY = 232_792_560;

/** Plays and ratings of one entity: +1 when one is known, −1 when it leaves the window. `tagged`: plays of titles with a genre. */
const countsOf = (key: 'userNo' | 'titleNo'): string => `
  SELECT ${key}, since, (sum(week) OVER running)::INTEGER AS plays7d, (sum(total) OVER running)::INTEGER AS playsTotal,
    sum(stars) OVER running AS stars, (sum(ratings) OVER running)::INTEGER AS ratings,
    (sum(tagged) OVER running)::INTEGER AS tagged
  FROM (
    SELECT ${key}, knownAt AS since, 1::DOUBLE AS week, 1::DOUBLE AS total, 0::DOUBLE AS stars, 0::DOUBLE AS ratings,
      (genres > 0)::DOUBLE AS tagged FROM plays
    UNION ALL SELECT ${key}, outOfWeek, -1, 0, 0, 0, 0 FROM plays
    UNION ALL SELECT ${key}, knownAt, 0, 0, rating, 1, 0 FROM ratings
  )
  WINDOW running AS (PARTITION BY ${key} ORDER BY since)`;

const COUNT_VALUES = {
  plays7d: (row: string) => `${row}.plays7d`,
  playsTotal: (row: string) => `${row}.playsTotal`,
  meanRating: (row: string) => `${row}.stars / nullif(${row}.ratings, 0)`,
} as const;
const COUNT_FEATURES = {
  plays7d: 'plays of the last seven days',
  playsTotal: 'plays ever',
  meanRating: 'mean of the ratings, 0.5 to 5 stars',
} as const;
const OWNER = 'feature-engineering';
const LIMITS = { owner: OWNER, freshness: DAY, ttl: 30 * DAY };

/** What a user did. */
const user = {
  ...LIMITS,
  name: 'user',
  description: 'How much a user plays, and how kindly they rate',
  entity: 'user',
  keys: ['userNo'],
  features: COUNT_FEATURES,
  table: 'user_changes',
  changes: countsOf('userNo'),
  values: COUNT_VALUES,
} as const satisfies FeatureView;

/** What users do with a title. Its age is told by the clock, and not kept. */
const title = {
  ...LIMITS,
  name: 'title',
  description: 'How much a title is played, and how it is rated',
  entity: 'title',
  keys: ['titleNo'],
  features: COUNT_FEATURES,
  table: 'title_changes',
  changes: countsOf('titleNo'),
  values: COUNT_VALUES,
} as const satisfies FeatureView;

/** A user's plays per genre; a play is split evenly over its title's genres. */
const userGenre = {
  ...LIMITS,
  name: 'user_genre',
  description: 'Which genres a user plays; plays of titles without a genre do not count',
  entity: 'user',
  keys: ['userNo', 'genreNo'],
  features: { share: "the genre's share of the user's plays, 0 to 1; a play of n genres counts 1/n for each" },
  table: 'genre_changes',
  changes: `
  SELECT userNo, genreNo, since, sum(weight) OVER (PARTITION BY userNo, genreNo ORDER BY since) AS weight
  FROM (
    SELECT plays.userNo, title_genres.genreNo, plays.knownAt AS since, (${WHOLE_PLAY} // plays.genres)::DOUBLE AS weight
    FROM plays JOIN title_genres USING (titleNo))`,
  // `u` is the row of user_changes that holds.
  values: { share: (row: string) => `${row}.weight / nullif(u.tagged * ${WHOLE_PLAY}::DOUBLE, 0)` },
} as const satisfies FeatureView;

/** Serving and training use all of them; a new view stands here and nowhere else (docs/features.md). */
export const FEATURE_VIEWS = { user, title, userGenre } as const;
