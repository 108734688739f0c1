-- first_plays, last_ratings: one row per user and title.
--
-- Input    plays, events, users, title_numbers
-- Output   first_plays, in the columns of plays: the first play that became known, so that a late event replaces no
--          earlier row; last_ratings(userNo, titleNo, rating): the latest rating, 0.5 to 5 stars
-- Key      userNo, titleNo
-- Time     first_plays by knownAt, last_ratings by occurredAt

CREATE OR REPLACE TEMP TABLE first_plays AS
SELECT * FROM plays
QUALIFY row_number() OVER (PARTITION BY userNo, titleNo ORDER BY knownAt, occurredAt, eventId) = 1;

CREATE OR REPLACE TEMP TABLE last_ratings AS
SELECT userNo, titleNo, arg_max(rating, (occurredAt, ingestedAt, eventId)) AS rating
FROM events JOIN users USING (userId) JOIN title_numbers USING (titleId)
WHERE type = 'rate'
GROUP BY userNo, titleNo;
