-- user_changes: plays and ratings of each user, as a stream of changes.
--
-- Input    plays(userNo, knownAt, outOfWeek, genres), ratings(userNo, rating, knownAt)
-- Output   userNo, since, plays7d, playsTotal, stars, ratings, tagged
-- Key      userNo, since; rows with equal keys are equal in all columns
-- Unit     plays7d: plays of the last seven days; playsTotal: all plays; stars: sum of the ratings; ratings: their
--          number; tagged: plays of titles with a genre
-- Never    counts calendar days; leaves a play in plays7d for ever
-- Time     since: the knownAt of an event, or the outOfWeek of a play (UTC epoch ms). The value at any time t is
--          the last row with since <= t.
--
-- A play adds 1 at the time when it becomes known, and takes 1 from plays7d when it is older than seven days. A running
-- sum over these changes gives the value at every time. A late event changes no value of an earlier time.
SELECT
  userNo,
  since,
  (sum(week) OVER running)::INTEGER AS plays7d,
  (sum(total) OVER running)::INTEGER AS playsTotal,
  sum(stars) OVER running AS stars,
  (sum(ratings) OVER running)::INTEGER AS ratings,
  (sum(tagged) OVER running)::INTEGER AS tagged
FROM (
  SELECT
    userNo, knownAt AS since,
    1::DOUBLE AS week, 1::DOUBLE AS total, 0::DOUBLE AS stars, 0::DOUBLE AS ratings, (genres > 0)::DOUBLE AS tagged
  FROM plays
  UNION ALL
  SELECT userNo, outOfWeek, -1, 0, 0, 0, 0 FROM plays
  UNION ALL
  SELECT userNo, knownAt, 0, 0, rating, 1, 0 FROM ratings
)
WINDOW running AS (PARTITION BY userNo ORDER BY since)
