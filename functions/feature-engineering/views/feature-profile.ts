import { FEATURE_VIEWS, type FeatureView, type ViewName } from '#domain/features/feature-views.ts';

/** Distribution of one feature's values over its entities. */
export interface FeatureProfile {
  readonly feature: string;
  readonly rows: number;
  /** Share of the rows without data. Training and serving use 0 for them. */
  readonly nullRate: number;
  /** 1 % quantile, approximate (t-digest); null without values. */
  readonly low: number | null;
  readonly median: number | null;
  /** 99 % quantile. */
  readonly high: number | null;
  /** Values per bin. The bins are equally wide, from `low` to `high`; the outer bins include the values outside. */
  readonly bins: readonly number[];
}

const BINS = 12;
const [LOW, HIGH] = [0.01, 0.99];
const { user } = FEATURE_VIEWS;

const COUNT_VALUES = {
  plays7d: 'c.plays7d',
  playsTotal: 'c.playsTotal',
  meanRating: 'mean_rating(c.stars, c.ratings)',
} as const;
/** SQL of each feature, over a row `c` of the view's change table and a row `u` of user_changes. Null without data. */
export const FEATURE_VALUES: Readonly<Record<ViewName, Readonly<Record<string, string>>>> = {
  user: COUNT_VALUES,
  title: COUNT_VALUES,
  userGenre: { share: 'genre_share(c.weight, u.tagged)' },
};

/** SQL for all entities of each kind, including those without data. */
const ENTITIES = { user: 'SELECT userNo FROM users', title: 'SELECT titleNo FROM titles' };

/** Returns SQL for the values of a view at the variable as_of: one row per entity, or per pair of user and genre. */
function valuesOf(name: ViewName): string {
  const { entity, keys, table }: FeatureView = FEATURE_VIEWS[name];
  const list = keys.join(', ');
  const columns = Object.entries(FEATURE_VALUES[name]).map(([feature, sql]) => `(${sql})::DOUBLE AS ${feature}`);
  const latest = (from: string, by: string) => `(SELECT * FROM ${from} WHERE since <= getvariable('as_of')
    QUALIFY row_number() OVER (PARTITION BY ${by} ORDER BY since DESC) = 1)`;
  const pairs = `SELECT DISTINCT ${list} FROM ${table} WHERE since <= getvariable('as_of')`;
  return `SELECT ${columns.join(', ')} FROM (${keys.length > 1 ? pairs : ENTITIES[entity]}) e
    LEFT JOIN ${latest(table, list)} c USING (${list})
    ${keys.length > 1 ? `LEFT JOIN ${latest(user.table, 'userNo')} u USING (userNo)` : ''}`;
}

/** Returns SQL for one row, the FeatureProfile of a feature at the variable as_of. It needs the change tables. */
export const profileOf = (view: ViewName, feature: string): string => `
  WITH v AS (SELECT ${feature} AS value FROM (${valuesOf(view)})),
  q AS (SELECT count(*)::INTEGER AS n, count(value) AS known, approx_quantile(value, [${LOW}, 0.5, ${HIGH}]) AS q FROM v),
  binned AS (
    SELECT CASE WHEN q[3] > q[1] THEN greatest(0, least(${BINS - 1}, floor((value - q[1]) / (q[3] - q[1]) * ${BINS}))) ELSE 0 END AS bin
    FROM v, q WHERE value IS NOT NULL),
  counted AS (SELECT list(n ORDER BY i) AS bins FROM (
    SELECT i, count(bin)::INTEGER AS n FROM range(${BINS}) AS r(i) LEFT JOIN binned ON bin = i GROUP BY i))
  SELECT '${feature}' AS feature, n AS rows, CASE WHEN n = 0 THEN 0 ELSE 1 - known / n END AS nullRate,
    q[1] AS low, q[2] AS median, q[3] AS high, bins FROM q, counted`;
