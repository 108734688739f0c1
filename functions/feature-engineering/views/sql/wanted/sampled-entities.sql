-- wanted_users, wanted_titles: a random sample of users and titles.
--
-- Input    known, the records that have arrived, in the columns of the lake; variables salt (each salt selects
--          another sample), sample_users and sample_titles (sizes)
-- Output   wanted_users(userId), wanted_titles(titleId), each id once

CREATE OR REPLACE TEMP TABLE wanted_users AS
SELECT userId
FROM (SELECT DISTINCT userId FROM known WHERE userId IS NOT NULL)
ORDER BY hash(userId || getvariable('salt'))
LIMIT getvariable('sample_users');

CREATE OR REPLACE TEMP TABLE wanted_titles AS
SELECT titleId
FROM (SELECT DISTINCT titleId FROM known WHERE type = 'title')
ORDER BY hash(titleId || getvariable('salt'))
LIMIT getvariable('sample_titles');
