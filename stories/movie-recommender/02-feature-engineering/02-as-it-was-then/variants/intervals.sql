-- Each change becomes an interval of time in which it is valid. A label lies in at most one interval of each key.
WITH user_spans AS (
  SELECT *, lead(since, 1, 9223372036854775807) OVER (PARTITION BY userNo ORDER BY since) AS until
  FROM (SELECT DISTINCT * FROM user_changes)
),
title_spans AS (
  SELECT *, lead(since, 1, 9223372036854775807) OVER (PARTITION BY titleNo ORDER BY since) AS until
  FROM (SELECT DISTINCT * FROM title_plays_and_ratings)
),
genre_spans AS (
  SELECT *, lead(since, 1, 9223372036854775807) OVER (PARTITION BY userNo, genreNo ORDER BY since) AS until
  FROM (SELECT DISTINCT * FROM user_genre_plays)
),
weights AS (
  SELECT l.number, sum(coalesce(s.weight, 0)) / count(*) AS mean
  FROM labels l
  INNER JOIN title_genres g ON g.titleNo = l.titleNo
  LEFT JOIN genre_spans s
    ON s.userNo = l.userNo AND s.genreNo = g.genreNo AND s.since <= l.occurredAt AND l.occurredAt < s.until
  GROUP BY l.number
)
SELECT
  userId, titleId, l.occurredAt, label::INTEGER AS label,
  coalesce(u.plays7d, 0)::FLOAT AS user_plays7d,
  coalesce(u.playsTotal, 0)::FLOAT AS user_playsTotal,
  (CASE WHEN u.ratings > 0 THEN u.stars / u.ratings ELSE 0 END)::FLOAT AS user_meanRating,
  coalesce(t.plays7d, 0)::FLOAT AS title_plays7d,
  coalesce(t.playsTotal, 0)::FLOAT AS title_playsTotal,
  (CASE WHEN t.ratings > 0 THEN t.stars / t.ratings ELSE 0 END)::FLOAT AS title_meanRating,
  coalesce(age_days(l.occurredAt, d.releasedAt), 0)::FLOAT AS title_ageDays,
  coalesce(genre_share(w.mean, u.tagged), 0)::FLOAT AS pair_genreAffinity
FROM labels l
INNER JOIN users USING (userNo)
INNER JOIN title_numbers n ON n.titleNo = l.titleNo
LEFT JOIN (SELECT titleNo, releasedAt FROM titles) d ON d.titleNo = l.titleNo
LEFT JOIN user_spans u ON u.userNo = l.userNo AND l.occurredAt >= u.since AND l.occurredAt < u.until
LEFT JOIN title_spans t ON t.titleNo = l.titleNo AND l.occurredAt >= t.since AND l.occurredAt < t.until
LEFT JOIN weights w ON w.number = l.number
ORDER BY l.occurredAt, l.userNo, l.titleNo, label
