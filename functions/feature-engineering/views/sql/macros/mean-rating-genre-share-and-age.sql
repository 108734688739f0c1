-- Features computed from the sums of a change table. Null means that there is no data; training and serving use 0 then.

-- Mean rating, 0.5 to 5 stars. `stars` is a sum, `ratings` a count.
CREATE OR REPLACE TEMP MACRO mean_rating(stars, ratings) AS stars / nullif(ratings, 0);

-- Weight of one play in user-genre-plays.sql: the least common multiple of 1 to 20. A title has at most 20 genres, so
-- the weight divides into equal integers among them. A sum of integers does not depend on the order of addition; the
-- last bit of a sum of thirds does.
CREATE OR REPLACE TEMP MACRO whole_play() AS 232792560;

-- Share of a genre in a user's plays, 0 to 1. `tagged`: the user's plays of titles with a genre.
CREATE OR REPLACE TEMP MACRO genre_share(weight, tagged) AS weight / nullif(tagged * whole_play()::DOUBLE, 0);

-- Age of a title at a time, days; 0 before its release.
CREATE OR REPLACE TEMP MACRO age_days(at_time, releasedAt) AS
  (greatest(at_time - releasedAt, 0) / 86400000.0)::FLOAT;
