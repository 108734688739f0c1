import { DAY, WEEK } from '#domain/time.ts';

/**
 * Feature views as streams of changes. A play is known at time t when `occurredAt < t` and `ingestedAt <= t`, that is
 * from `knownAt = max(occurredAt + 1, ingestedAt)` on; it leaves the seven-day window when `occurredAt < t − 7 d`. So
 * every count is a running sum of +1 and −1 at exact times, and its value as of any t is the last sum at or before t:
 * one ASOF join. Late events change nothing that was computed as of an earlier time.
 */
const KNOWN_AT = 'greatest(occurredAt + 1, ingestedAt)';
const OUT_OF_WEEK = `greatest(occurredAt + ${WEEK} + 1, ingestedAt)`;

/** A total order, so that ties cannot give one answer now and another later. */
export const LATEST = '(occurredAt, ingestedAt, eventId)';

/** The events that were known at `asOf`, the first to come of each id. @param files DuckDB list of Parquet files */
export const knownEvents = (files: string, asOf: number): string => `
  CREATE OR REPLACE TEMP TABLE events AS
  SELECT *, ${KNOWN_AT} AS knownAt FROM read_parquet(${files}, union_by_name = true)
  WHERE ingestedAt <= ${asOf} AND occurredAt < ${asOf}
  QUALIFY row_number() OVER (PARTITION BY eventId ORDER BY ingestedAt, partition, "offset") = 1`;

/** Titles as last told, with the time from which they are known. */
export const TITLES = `
  CREATE OR REPLACE TEMP TABLE titles AS
  SELECT titleId, arg_max(name, ${LATEST}) AS name, arg_max(genres, ${LATEST}) AS genres,
    arg_max(releasedAt, ${LATEST}) AS releasedAt, min(knownAt) AS knownAt,
    row_number() OVER (ORDER BY titleId) - 1 AS number
  FROM events WHERE type = 'title' GROUP BY titleId`;

export const PLAYS = `
  CREATE OR REPLACE TEMP TABLE plays AS
  SELECT eventId, userId, titleId, requestId, occurredAt, ingestedAt, knownAt, ${OUT_OF_WEEK} AS outOfWeek
  FROM events WHERE type = 'play'`;

/** Running sums of one entity's plays and ratings, one row per time at which any of them changes. */
const runningSums = (entity: 'userId' | 'titleId'): string => `
  SELECT ${entity}, since,
    sum(sum(week)) OVER running AS plays7d, sum(sum(total)) OVER running AS playsTotal,
    sum(sum(stars)) OVER running AS stars, sum(sum(ratings)) OVER running AS ratings
  FROM (
    SELECT ${entity}, knownAt AS since, 1 AS week, 1 AS total, 0.0 AS stars, 0 AS ratings FROM plays
    UNION ALL SELECT ${entity}, outOfWeek, -1, 0, 0.0, 0 FROM plays
    UNION ALL SELECT ${entity}, knownAt, 0, 0, rating, 1 FROM events WHERE type = 'rate'
  )
  GROUP BY ${entity}, since
  WINDOW running AS (PARTITION BY ${entity} ORDER BY since)`;

export const USER_CHANGES = `CREATE OR REPLACE TEMP TABLE user_changes AS ${runningSums('userId')}`;
export const TITLE_CHANGES = `CREATE OR REPLACE TEMP TABLE title_changes AS ${runningSums('titleId')}`;

/**
 * A play's weight: a multiple of 1 to 20, the most genres a title may have, so that a play is split into whole numbers.
 * Sums of whole numbers do not depend on the order of adding; sums of thirds do, in the last bit.
 */
const WHOLE_PLAY = 232_792_560;

/** Weight of a user's plays per genre; a play is split evenly over its title's genres. */
export const GENRE_CHANGES = `
  CREATE OR REPLACE TEMP TABLE genre_changes AS
  SELECT userId, genre, since, sum(sum(weight)) OVER (PARTITION BY userId, genre ORDER BY since) AS weight
  FROM (
    SELECT plays.userId, unnest(titles.genres) AS genre, plays.knownAt AS since, ${WHOLE_PLAY} // len(titles.genres) AS weight
    FROM plays JOIN titles USING (titleId) WHERE len(titles.genres) > 0
  )
  GROUP BY userId, genre, since`;

/** Plays of titles with a genre: what a user's genre weights sum to. */
export const GENRE_TOTALS = `
  CREATE OR REPLACE TEMP TABLE genre_totals AS
  SELECT userId, since, sum(sum(${WHOLE_PLAY})) OVER (PARTITION BY userId ORDER BY since) AS weight
  FROM (SELECT plays.userId, plays.knownAt AS since FROM plays JOIN titles USING (titleId) WHERE len(titles.genres) > 0)
  GROUP BY userId, since`;

/** Everything a label or a snapshot is joined to, in the order in which it is made. */
export const CHANGE_TABLES = [TITLES, PLAYS, USER_CHANGES, TITLE_CHANGES, GENRE_CHANGES, GENRE_TOTALS];

/** The three counts of an entity, from the row of its changes that holds. */
const countsOf = (alias: string): string => `
  coalesce(${alias}.plays7d, 0)::FLOAT AS plays7d, coalesce(${alias}.playsTotal, 0)::FLOAT AS playsTotal,
  CASE WHEN coalesce(${alias}.ratings, 0) = 0 THEN 0 ELSE ${alias}.stars / ${alias}.ratings END::FLOAT AS meanRating`;

const ageDays = (at: string): string => `(greatest(${at} - titles.releasedAt, 0) / ${DAY}.0)::FLOAT`;

/** Every user as of `at`: columns of the users snapshot (layers/domain/pipeline.ts). */
export const usersAsOf = (at: number): string => `
  WITH snapshot AS (SELECT userId, ${at}::BIGINT AS moment, country FROM (
      SELECT userId, arg_max(country, ${LATEST}) FILTER (WHERE type = 'signup') AS country FROM events
      WHERE userId IS NOT NULL AND knownAt <= ${at} GROUP BY userId)),
    shares AS (
      SELECT userId, map(list(genre ORDER BY genre), list(share ORDER BY genre)) AS genreShare FROM (
        SELECT g.userId, g.genre, (arg_max(g.weight, g.since) / any_value(t.weight))::FLOAT AS share FROM genre_changes g
        JOIN (SELECT userId, arg_max(weight, since) AS weight FROM genre_totals WHERE since <= ${at} GROUP BY userId) t USING (userId)
        WHERE g.since <= ${at} GROUP BY g.userId, g.genre)
      GROUP BY userId)
  SELECT snapshot.userId, snapshot.country, ${countsOf('c')}, shares.genreShare
  FROM snapshot ASOF LEFT JOIN user_changes c ON snapshot.userId = c.userId AND snapshot.moment >= c.since
  LEFT JOIN shares ON shares.userId = snapshot.userId ORDER BY snapshot.userId`;

/** Every title known as of `at`: columns of the titles snapshot. */
export const titlesAsOf = (at: number): string => `
  WITH snapshot AS (SELECT *, ${at}::BIGINT AS moment FROM titles WHERE knownAt <= ${at})
  SELECT snapshot.titleId, snapshot.name, snapshot.genres, snapshot.releasedAt, ${countsOf('c')}, ${ageDays('snapshot.moment').replace('titles.', 'snapshot.')} AS ageDays
  FROM snapshot ASOF LEFT JOIN title_changes c ON snapshot.titleId = c.titleId AND snapshot.moment >= c.since ORDER BY snapshot.titleId`;

/**
 * Labels joined to the features as of each label's own time, in the order of FEATURE_NAMES; as many rows out as labels
 * in. Needs a temporary table `labels(userId, titleId, occurredAt, label, weight, number)`.
 */
export const LABELLED_FEATURES = `
  WITH affinity AS (
    SELECT l.number, avg(coalesce(g.weight, 0)) AS weight FROM
      (SELECT labels.number, labels.userId, labels.occurredAt, unnest(titles.genres) AS genre FROM labels JOIN titles USING (titleId)) l
      ASOF LEFT JOIN genre_changes g ON l.userId = g.userId AND l.genre = g.genre AND l.occurredAt >= g.since
    GROUP BY l.number),
  users AS (
    SELECT l.number, ${countsOf('c')} FROM labels l
    ASOF LEFT JOIN user_changes c ON l.userId = c.userId AND l.occurredAt >= c.since),
  shown AS (
    SELECT l.number, ${countsOf('c')} FROM labels l
    ASOF LEFT JOIN title_changes c ON l.titleId = c.titleId AND l.occurredAt >= c.since),
  totals AS (
    SELECT l.number, t.weight FROM labels l
    ASOF LEFT JOIN genre_totals t ON l.userId = t.userId AND l.occurredAt >= t.since)
  SELECT labels.userId, labels.titleId, labels.occurredAt, labels.label, labels.weight,
    users.plays7d AS user_plays7d, users.playsTotal AS user_playsTotal, users.meanRating AS user_meanRating,
    shown.plays7d AS title_plays7d, shown.playsTotal AS title_playsTotal, shown.meanRating AS title_meanRating,
    coalesce(${ageDays('labels.occurredAt')}, 0)::FLOAT AS title_ageDays,
    (CASE WHEN coalesce(totals.weight, 0) = 0 THEN 0 ELSE coalesce(affinity.weight, 0) / totals.weight END)::FLOAT AS pair_genreAffinity
  FROM labels
  JOIN users USING (number) JOIN shown USING (number) JOIN totals USING (number)
  LEFT JOIN titles ON titles.titleId = labels.titleId LEFT JOIN affinity USING (number)
  ORDER BY labels.occurredAt, labels.userId, labels.titleId, labels.number`;
