-- Snapshot of the titles: their features as of `as_of`.
--
-- Input    wanted_titles(titleId), titles, title_plays_and_ratings; variable as_of (UTC epoch ms)
-- Output   titleId, name, genres, releasedAt, plays7d, playsTotal, meanRating, ageDays
-- Key      titleId, in ascending order
-- Time     changes with since <= as_of; titles with knownAt <= as_of
WITH snapshot AS (
  SELECT *, getvariable('as_of') AS moment
  FROM titles SEMI JOIN wanted_titles USING (titleId)
  WHERE knownAt <= getvariable('as_of')
)
SELECT
  snapshot.titleId, snapshot.name, snapshot.genres, snapshot.releasedAt,
  coalesce(c.plays7d, 0)::FLOAT AS plays7d,
  coalesce(c.playsTotal, 0)::FLOAT AS playsTotal,
  coalesce(mean_rating(c.stars, c.ratings), 0)::FLOAT AS meanRating,
  age_days(snapshot.moment, snapshot.releasedAt) AS ageDays
FROM snapshot
ASOF LEFT JOIN title_plays_and_ratings c ON snapshot.titleNo = c.titleNo AND snapshot.moment >= c.since
ORDER BY snapshot.titleId
