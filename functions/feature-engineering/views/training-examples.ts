import { HOUR } from '#domain/core/time.ts';
import { LATEST } from './feature-changes.ts';

/** Negatives per impression, at most. */
const SHOWN_NEGATIVES = 4;
/** Random negatives per play. */
const SAMPLED_NEGATIVES = 2;
/** Milliseconds after an impression in which a play of one of its titles counts as its outcome: the length of a session. */
const PLAY_WINDOW = HOUR;

/** The first play of each title by each user: the first that was known, so that a late event replaces no earlier row. */
export const FIRST_PLAYS = `
  CREATE OR REPLACE TEMP TABLE first_plays AS
  SELECT * FROM plays QUALIFY row_number() OVER (PARTITION BY userNo, titleNo ORDER BY knownAt, occurredAt, eventId) = 1`;

/** Each user's latest rating of each title. */
export const LAST_RATINGS = `
  CREATE OR REPLACE TEMP TABLE last_ratings AS
  SELECT userNo, titleNo, arg_max(rating, ${LATEST}) AS rating
  FROM events JOIN users USING (userId) JOIN title_numbers USING (titleId) WHERE type = 'rate' GROUP BY userNo, titleNo`;

/** A first play with the ids that its numbers stand for. */
const NAMED_FIRST_PLAYS = '(FROM first_plays JOIN users USING (userNo) JOIN title_numbers USING (titleNo))';

/** First plays with the user's latest rating of the title and whether a slate of ours led to the play, in the order of their times. */
export const INTERACTIONS = `
  SELECT p.userId, p.titleId, p.occurredAt, r.rating, p.requestId IS NOT NULL AS recommended
  FROM ${NAMED_FIRST_PLAYS} p LEFT JOIN last_ratings r USING (userNo, titleNo)
  ORDER BY p.occurredAt, p.userId, p.titleId`;

/** Excludes the pairs of relation `row` that the user had played by its time, as far as the log showed when the row was complete. */
const NOT_PLAYED_BY_THEN = `
  ANTI JOIN plays p ON p.userNo = row.userNo AND p.titleNo = row.titleNo
    AND p.occurredAt <= row.outcomeAt AND p.knownAt <= row.knownAt`;

/**
 * The ranker's training examples: first plays (label 1), titles of an impression that were not played within PLAY_WINDOW (label 0), and
 * titles sampled by a hash from those known at the time and not played until then (label 0).
 *
 * Features are as of `occurredAt`. `knownAt` is when the row became complete, and nothing later can change it: a negative may be
 * played later. A rule that excluded later plays would tell the model which titles the test contains. Rows not complete by `asOf` are left out.
 */
export const labelsAsOf = (asOf: number): string => `
  CREATE OR REPLACE TEMP TABLE labels AS
  WITH impressions AS (
    SELECT i.eventId, i.titles, i.titleId, i.occurredAt, users.userNo, title_numbers.titleNo,
      i.occurredAt + ${PLAY_WINDOW} AS outcomeAt, greatest(i.knownAt, i.occurredAt + ${PLAY_WINDOW} + 1) AS knownAt
    FROM (SELECT eventId, userId, occurredAt, knownAt, len(titleIds) AS titles, unnest(titleIds) AS titleId
      FROM events WHERE type = 'impression') i
    JOIN users USING (userId) JOIN title_numbers USING (titleId)),
  passed_over AS (SELECT row.* FROM impressions row ${NOT_PLAYED_BY_THEN}),
  shown AS (
    SELECT userNo, titleNo, occurredAt, knownAt FROM passed_over WHERE titles <= ${SHOWN_NEGATIVES}
    UNION ALL SELECT userNo, titleNo, occurredAt, knownAt FROM (
      SELECT * FROM passed_over WHERE titles > ${SHOWN_NEGATIVES}
      QUALIFY row_number() OVER (PARTITION BY eventId ORDER BY md5(eventId || titleId), titleId) <= ${SHOWN_NEGATIVES})),
  catalogue AS (SELECT knownAt AS since, max(number) + 1 AS titles FROM titles GROUP BY knownAt),
  drawn AS (
    SELECT d.userNo, titles.titleNo, d.occurredAt, d.occurredAt AS outcomeAt, d.knownAt FROM (
      SELECT p.userNo, p.occurredAt, p.knownAt, md5_number_lower(p.eventId || ':' || draw) % p.titles AS number
      FROM (SELECT * FROM first_plays ASOF JOIN catalogue ON first_plays.occurredAt >= catalogue.since) p,
        range(${SAMPLED_NEGATIVES}) AS draws(draw)) d
    JOIN titles USING (number)),
  sampled AS (SELECT row.userNo, row.titleNo, row.occurredAt, row.knownAt FROM drawn row ${NOT_PLAYED_BY_THEN})
  SELECT *, row_number() OVER () AS number FROM (
    SELECT userNo, titleNo, occurredAt, knownAt, 1::TINYINT AS label FROM first_plays
    UNION ALL SELECT *, 0 FROM shown
    UNION ALL SELECT *, 0 FROM sampled) WHERE knownAt <= ${asOf}`;

/** The slates that were known at `asOf`; of each request, the first to arrive. @param files SQL relation over the lake's files */
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
