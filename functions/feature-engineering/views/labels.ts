import { LATEST } from './changes.ts';

/** Titles of one impression that were not played, at most this many. */
const SHOWN_NEGATIVES = 4;
/** Titles drawn at random per play. */
const SAMPLED_NEGATIVES = 2;
/** A play's weight grows by this per star above the mean of all ratings, within these bounds; a play without a rating weighs 1. */
const WEIGHT_PER_STAR = 0.6;
const [LEAST_WEIGHT, MOST_WEIGHT] = [0.1, 3];

/** The first play of each title by each user. */
export const FIRST_PLAYS = `
  CREATE OR REPLACE TEMP TABLE first_plays AS
  SELECT * FROM plays QUALIFY row_number() OVER (PARTITION BY userNo, titleNo ORDER BY occurredAt, eventId) = 1`;

/** Each user's latest rating of each title. */
export const LAST_RATINGS = `
  CREATE OR REPLACE TEMP TABLE last_ratings AS
  SELECT userNo, titleNo, arg_max(rating, ${LATEST}) AS rating
  FROM events JOIN users USING (userId) JOIN title_numbers USING (titleId) WHERE type = 'rate' GROUP BY userNo, titleNo`;

/** A first play with the ids that its numbers stand for. */
const NAMED_FIRST_PLAYS = '(FROM first_plays JOIN users USING (userNo) JOIN title_numbers USING (titleNo))';

/** First plays with the user's latest rating of the title, in the order of their times. */
export const INTERACTIONS = `
  SELECT p.userId, p.titleId, p.occurredAt, r.rating
  FROM ${NAMED_FIRST_PLAYS} p LEFT JOIN last_ratings r USING (userNo, titleNo)
  ORDER BY p.occurredAt, p.userId, p.titleId`;

/** What a play counts: people play what they are shown, and say by stars how much they liked it. */
const WEIGHT = `
  greatest(${LEAST_WEIGHT}, least(${MOST_WEIGHT},
    1 + ${WEIGHT_PER_STAR} * coalesce(r.rating - (SELECT avg(rating) FROM last_ratings), 0)))::FLOAT`;

/**
 * What a ranker learns from: plays (label 1), weighed by the user's rating; titles that were looked at in the same session and passed over (label 0);
 * and titles drawn by a hash from those known at the time, never one the user plays (label 0).
 */
export const LABELS = `
  CREATE OR REPLACE TEMP TABLE labels AS
  WITH passed_over AS (
    SELECT i.eventId, i.occurredAt, i.titles, i.titleId, users.userNo, title_numbers.titleNo FROM (
      SELECT eventId, userId, occurredAt, len(titleIds) AS titles, unnest(titleIds) AS titleId FROM events WHERE type = 'impression') i
    JOIN users USING (userId) JOIN title_numbers USING (titleId)
    ANTI JOIN plays p ON p.userNo = users.userNo AND p.titleNo = title_numbers.titleNo),
  shown AS (
    SELECT userNo, titleNo, occurredAt FROM passed_over WHERE titles <= ${SHOWN_NEGATIVES}
    UNION ALL SELECT userNo, titleNo, occurredAt FROM (
      SELECT * FROM passed_over WHERE titles > ${SHOWN_NEGATIVES}
      QUALIFY row_number() OVER (PARTITION BY eventId ORDER BY md5(eventId || titleId), titleId) <= ${SHOWN_NEGATIVES})),
  drawn AS (
    SELECT p.userNo, p.occurredAt,
      md5_number_lower(p.eventId || ':' || draw) % (SELECT greatest(count(*), 1) FROM titles) AS number
    FROM first_plays p, range(${SAMPLED_NEGATIVES}) AS draws(draw)),
  sampled AS (
    SELECT d.userNo, t.titleNo, d.occurredAt FROM drawn d JOIN titles t ON t.number = d.number AND t.knownAt <= d.occurredAt
    ANTI JOIN plays p ON p.userNo = d.userNo AND p.titleNo = t.titleNo)
  SELECT *, row_number() OVER () AS number FROM (
    SELECT userNo, titleNo, occurredAt, 1::TINYINT AS label, ${WEIGHT} AS weight
    FROM first_plays LEFT JOIN last_ratings r USING (userNo, titleNo)
    UNION ALL SELECT userNo, titleNo, occurredAt, 0, 1.0 FROM shown
    UNION ALL SELECT userNo, titleNo, occurredAt, 0, 1.0 FROM sampled)`;

/** Slates that were known, the first to come of each request. @param files SQL relation over the lake's files */
export const knownExposures = (files: string, asOf: number): string => `
  CREATE OR REPLACE TEMP TABLE exposures AS
  SELECT requestId, list_transform(items, item -> item.titleId) AS shown,
    list_transform(list_filter(items, item -> item.source IN ('exploration', 'random')), item -> item.titleId) AS explored
  FROM ${files}
  WHERE ingestedAt <= ${asOf} AND occurredAt < ${asOf}
  QUALIFY row_number() OVER (PARTITION BY requestId ORDER BY ingestedAt, partition, "offset") = 1`;

/** In the place of `knownExposures` where nothing was ever shown: an imported data set. */
export const NO_EXPOSURES =
  'CREATE OR REPLACE TEMP TABLE exposures (requestId VARCHAR, shown VARCHAR[], explored VARCHAR[])';

/** First plays of titles that were in the slate by chance: evidence that no recommender has chosen. */
export const EXPLORED_PLAYS = `
  SELECT p.userId, p.titleId, p.occurredAt, e.shown
  FROM ${NAMED_FIRST_PLAYS} p JOIN exposures e ON e.requestId = p.requestId AND list_contains(e.explored, p.titleId)
  ORDER BY p.occurredAt, p.userId, p.titleId`;
