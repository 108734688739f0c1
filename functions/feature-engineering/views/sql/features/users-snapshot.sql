-- Snapshot of the users: their features as of `as_of`.
--
-- Input    wanted_users(userId), users, events, user_changes, user_genre_plays, title_genres; variable as_of (UTC epoch
--          ms)
-- Output   userId, country, plays7d, playsTotal, meanRating, genreShare (MAP genre → share)
-- Key      userId, in ascending order
-- Time     changes with since <= as_of
WITH snapshot AS (
  SELECT userId, userNo, getvariable('as_of') AS moment, country
  FROM users
  SEMI JOIN wanted_users USING (userId)
  JOIN (
    SELECT userId, arg_max(country, (occurredAt, ingestedAt, eventId)) FILTER (WHERE type = 'signup') AS country
    FROM events
    WHERE userId IS NOT NULL AND knownAt <= getvariable('as_of')
    GROUP BY userId
  ) USING (userId)
),
counted AS (
  SELECT
    snapshot.userId, snapshot.userNo, snapshot.country,
    coalesce(c.plays7d, 0)::FLOAT AS plays7d,
    coalesce(c.playsTotal, 0)::FLOAT AS playsTotal,
    coalesce(mean_rating(c.stars, c.ratings), 0)::FLOAT AS meanRating,
    c.tagged
  FROM snapshot
  ASOF LEFT JOIN user_changes c ON snapshot.userNo = c.userNo AND snapshot.moment >= c.since
),
shares AS (
  SELECT userNo, map(list(genre ORDER BY genre), list(share ORDER BY genre)) AS genreShare
  FROM (
    SELECT u.userNo, g.genre, coalesce(genre_share(c.weight, u.tagged), 0)::FLOAT AS share
    FROM (
      SELECT userNo, genreNo, max_by(weight, since) AS weight
      FROM user_genre_plays
      WHERE since <= getvariable('as_of')
      GROUP BY ALL
    ) c
    JOIN counted u USING (userNo)
    JOIN (SELECT DISTINCT genre, genreNo FROM title_genres) g USING (genreNo)
  )
  GROUP BY userNo
)
SELECT * EXCLUDE (userNo, tagged)
FROM counted LEFT JOIN shares USING (userNo)
ORDER BY userId
