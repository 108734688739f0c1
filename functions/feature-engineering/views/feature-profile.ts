import { FEATURE_VIEWS, type FeatureView } from '#domain/features/feature-views.ts';

/** How one feature is distributed over its entities. */
export interface Sketch {
  readonly feature: string;
  readonly rows: number;
  /** Share of the rows of which nothing is known: trained on and served as 0. */
  readonly nullRate: number;
  /** Approximate (t-digest); null where there is no value. */
  readonly low: number | null;
  readonly median: number | null;
  readonly high: number | null;
  /** Values per bin; the bins are equally wide, from `low` to `high` and with what lies outside in the outer ones. */
  readonly bins: readonly number[];
}

const BINS = 12;
/** What `low` and `high` are quantiles of. */
const [LOW, HIGH] = [0.01, 0.99];
const { user } = FEATURE_VIEWS;

/**
 * SQL: the raw values of a view as of `at`, null where nothing is known: one row per entity, for user × genre one row per pair.
 * Needs the change tables (views/changes.ts).
 */
function valuesAsOf({ entity, keys, table, values }: FeatureView, at: number): string {
  const list = keys.join(', ');
  const columns = Object.entries(values).map(([name, sql]) => `(${sql('c')})::DOUBLE AS ${name}`);
  const latest = (from: string, by: string) => `(SELECT * FROM ${from} WHERE since <= ${at}
    QUALIFY row_number() OVER (PARTITION BY ${by} ORDER BY since DESC) = 1)`;
  return `SELECT ${columns.join(', ')} FROM (${keys.length > 1 ? `SELECT DISTINCT ${list} FROM ${table} WHERE since <= ${at}` : ENTITIES[entity]}) e
    LEFT JOIN ${latest(table, list)} c USING (${list})
    ${keys.length > 1 ? `LEFT JOIN ${latest(user.table, 'userNo')} u USING (userNo)` : ''}`;
}

/** All that are known, whether the view has anything of them or not. */
const ENTITIES = { user: 'SELECT userNo FROM users', title: 'SELECT titleNo FROM titles' };

/** SQL: one row, a Sketch, of one feature of a view. */
export const sketchOf = (view: FeatureView, feature: string, at: number): string => `
  WITH v AS (SELECT ${feature} AS value FROM (${valuesAsOf(view, at)})),
  q AS (SELECT count(*)::INTEGER AS n, count(value) AS known, approx_quantile(value, [${LOW}, 0.5, ${HIGH}]) AS q FROM v),
  binned AS (
    SELECT CASE WHEN q[3] > q[1] THEN greatest(0, least(${BINS - 1}, floor((value - q[1]) / (q[3] - q[1]) * ${BINS}))) ELSE 0 END AS bin
    FROM v, q WHERE value IS NOT NULL),
  counted AS (SELECT list(n ORDER BY i) AS bins FROM (
    SELECT i, count(bin)::INTEGER AS n FROM range(${BINS}) AS r(i) LEFT JOIN binned ON bin = i GROUP BY i))
  SELECT '${feature}' AS feature, n AS rows, CASE WHEN n = 0 THEN 0 ELSE 1 - known / n END AS nullRate,
    q[1] AS low, q[2] AS median, q[3] AS high, bins FROM q, counted`;
