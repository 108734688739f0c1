-- wanted_users, wanted_titles: all users and titles, for the first refresh.
--
-- Input    known, the records that have arrived, in the columns of the lake
-- Output   wanted_users(userId), wanted_titles(titleId), each id once

CREATE OR REPLACE TEMP TABLE wanted_users AS SELECT DISTINCT userId FROM known WHERE userId IS NOT NULL;

CREATE OR REPLACE TEMP TABLE wanted_titles AS SELECT DISTINCT titleId FROM known WHERE titleId IS NOT NULL;
