-- plays, ratings: the events that features are computed from.
--
-- Input    events, users, title_numbers, titles
-- Output   plays(eventId, userNo, titleNo, requestId, occurredAt, knownAt, outOfWeek, genres), one row per play;
--          ratings(userNo, titleNo, rating, knownAt), one row per rating, 0.5 to 5 stars
-- Time     occurredAt: the device's clock; knownAt: time from which on the event was known; outOfWeek: time from which
--          on the play is older than seven days

CREATE OR REPLACE TEMP TABLE plays AS
SELECT
  events.eventId, users.userNo, title_numbers.titleNo, events.requestId, events.occurredAt, events.knownAt,
  out_of_week_from(occurredAt, ingestedAt) AS outOfWeek,
  coalesce(len(titles.genres), 0)::TINYINT AS genres -- number of the title's genres
FROM events
JOIN users USING (userId)
JOIN title_numbers USING (titleId)
LEFT JOIN titles ON titles.titleNo = title_numbers.titleNo
WHERE type = 'play';

CREATE OR REPLACE TEMP TABLE ratings AS
SELECT users.userNo, title_numbers.titleNo, events.rating, events.knownAt
FROM events JOIN users USING (userId) JOIN title_numbers USING (titleId)
WHERE type = 'rate';
