-- wanted_users, wanted_titles: the users and titles whose features may have changed since the last refresh.
--
-- Input    known, the records that have arrived, in the columns of the lake; variables watermark_as_of and
--          watermark_positions (MAP partition → last offset), up to which the last refresh had read, and as_of, the
--          time of this refresh (UTC epoch ms)
-- Output   wanted_users(userId), wanted_titles(titleId), each id once
-- Never    misses an entity whose features have changed (entities whose features stay the same do no harm)
-- Time     ingestedAt and offsets determine which records are new. occurredAt would miss late events.
--
-- Features change if a record arrived, if the time of an event in the future has come, if a play left the seven-day
-- window, or if a title that the user played has a new description. A record concerns all users and titles of its
-- eventId.

CREATE OR REPLACE TEMP TABLE changed_events AS
SELECT DISTINCT eventId
FROM known
WHERE
  known_from(occurredAt, ingestedAt) > getvariable('watermark_as_of')
  OR "offset" > coalesce(getvariable('watermark_positions')[partition], -1)
  OR (
    type = 'play'
    AND out_of_week_from(occurredAt, ingestedAt) > getvariable('watermark_as_of')
    AND out_of_week_from(occurredAt, ingestedAt) <= getvariable('as_of')
  );

CREATE OR REPLACE TEMP TABLE wanted_titles AS
SELECT DISTINCT titleId FROM known SEMI JOIN changed_events USING (eventId) WHERE titleId IS NOT NULL;

CREATE OR REPLACE TEMP TABLE wanted_users AS
SELECT userId FROM known SEMI JOIN changed_events USING (eventId) WHERE userId IS NOT NULL
UNION
SELECT userId
FROM known
WHERE
  type = 'play'
  AND titleId IN (SELECT titleId FROM known SEMI JOIN changed_events USING (eventId) WHERE type = 'title');
