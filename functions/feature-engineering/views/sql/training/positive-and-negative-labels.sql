-- labels: the training examples of the ranker.
--
-- Input    first_plays, plays, events, users, title_numbers, titles; variable as_of (UTC epoch ms)
-- Output   labels(userNo, titleNo, occurredAt, knownAt, label, number)
-- Key      number
-- Time     features are joined as of occurredAt. knownAt: the row is complete then, and nothing later changes it. Rows
--          that are not complete by as_of are left out.
--
-- Label 1: first plays. Label 0: titles of an impression that were not played within the window, and titles sampled
-- from those that were known and not played at the time of a play. A negative may be played later. A rule that excluded
-- later plays would tell the model which titles the test contains.

-- Maximum number of negatives per impression.
SET VARIABLE shown_negatives = 4;
-- Random negatives per play.
SET VARIABLE sampled_negatives = 2;
-- Milliseconds after an impression in which a play of one of its titles is its outcome: one hour, the length of a
-- session.
SET VARIABLE play_window = 3600000;

CREATE OR REPLACE TEMP TABLE labels AS
WITH impressions AS (
  SELECT
    i.eventId, i.titles, i.titleId, i.occurredAt, users.userNo, title_numbers.titleNo,
    i.occurredAt + getvariable('play_window') AS outcomeAt,
    greatest(i.knownAt, i.occurredAt + getvariable('play_window') + 1) AS knownAt
  FROM (
    SELECT eventId, userId, occurredAt, knownAt, len(titleIds) AS titles, unnest(titleIds) AS titleId
    FROM events
    WHERE type = 'impression'
  ) i
  JOIN users USING (userId)
  JOIN title_numbers USING (titleId)
),
-- Titles that the user had not played by outcomeAt, as far as the log showed when the row was complete.
not_played AS (
  SELECT row.*
  FROM impressions row
  ANTI JOIN plays p ON p.userNo = row.userNo AND p.titleNo = row.titleNo
    AND p.occurredAt <= row.outcomeAt AND p.knownAt <= row.knownAt
),
shown AS (
  SELECT userNo, titleNo, occurredAt, knownAt FROM not_played WHERE titles <= getvariable('shown_negatives')
  UNION ALL
  SELECT userNo, titleNo, occurredAt, knownAt
  FROM (
    SELECT * FROM not_played
    WHERE titles > getvariable('shown_negatives')
    QUALIFY row_number() OVER (PARTITION BY eventId ORDER BY md5(eventId || titleId), titleId)
      <= getvariable('shown_negatives')
  )
),
-- Number of titles that were known from each time on. titles.number numbers the titles in this order.
catalogue AS (
  SELECT knownAt AS since, max(number) + 1 AS titles FROM titles GROUP BY knownAt
),
-- A hash of the play's id chooses the titles: the same log gives the same sample.
candidates AS (
  SELECT d.userNo, titles.titleNo, d.occurredAt, d.occurredAt AS outcomeAt, d.knownAt
  FROM (
    SELECT p.userNo, p.occurredAt, p.knownAt, md5_number_lower(p.eventId || ':' || draw) % p.titles AS number
    FROM
      (SELECT * FROM first_plays ASOF JOIN catalogue ON first_plays.occurredAt >= catalogue.since) p,
      range(getvariable('sampled_negatives')) AS draws(draw)
  ) d
  JOIN titles USING (number)
),
sampled AS (
  SELECT row.userNo, row.titleNo, row.occurredAt, row.knownAt
  FROM candidates row
  ANTI JOIN plays p ON p.userNo = row.userNo AND p.titleNo = row.titleNo
    AND p.occurredAt <= row.outcomeAt AND p.knownAt <= row.knownAt
)
SELECT *, row_number() OVER () AS number
FROM (
  SELECT userNo, titleNo, occurredAt, knownAt, 1::TINYINT AS label FROM first_plays
  UNION ALL
  SELECT *, 0 FROM shown
  UNION ALL
  SELECT *, 0 FROM sampled
)
WHERE knownAt <= getvariable('as_of');
