-- Labels and changes form one timeline per user, title, and user and genre. A window function carries the last change
-- forward. At equal times, changes come before labels.
WITH user_line AS (
  SELECT number, last_value(c IGNORE NULLS) OVER timeline AS c
  FROM (
    SELECT userNo, since AS moment, 0 AS later, NULL AS number, user_changes AS c FROM user_changes
    UNION ALL
    SELECT userNo, occurredAt, 1, number, NULL FROM labels
  )
  WINDOW timeline AS (PARTITION BY userNo ORDER BY moment, later ROWS UNBOUNDED PRECEDING)
),
title_line AS (
  SELECT number, last_value(c IGNORE NULLS) OVER timeline AS c
  FROM (
    SELECT titleNo, since AS moment, 0 AS later, NULL AS number, title_plays_and_ratings AS c FROM title_plays_and_ratings
    UNION ALL
    SELECT titleNo, occurredAt, 1, number, NULL FROM labels
  )
  WINDOW timeline AS (PARTITION BY titleNo ORDER BY moment, later ROWS UNBOUNDED PRECEDING)
),
genre_line AS (
  SELECT number, last_value(weight IGNORE NULLS) OVER timeline AS weight
  FROM (
    SELECT userNo, genreNo, since AS moment, 0 AS later, NULL AS number, weight FROM user_genre_plays
    UNION ALL
    SELECT userNo, genreNo, occurredAt, 1, number, NULL FROM labels JOIN title_genres USING (titleNo)
  )
  WINDOW timeline AS (PARTITION BY userNo, genreNo ORDER BY moment, later ROWS UNBOUNDED PRECEDING)
),
genres AS (
  SELECT number, avg(coalesce(weight, 0)) AS weight FROM genre_line WHERE number IS NOT NULL GROUP BY number
)
SELECT
  users.userId, title_numbers.titleId, l.occurredAt, l.label::INTEGER AS label,
  coalesce(u.c.plays7d, 0)::FLOAT AS user_plays7d,
  coalesce(u.c.playsTotal, 0)::FLOAT AS user_playsTotal,
  coalesce(mean_rating(u.c.stars, u.c.ratings), 0)::FLOAT AS user_meanRating,
  coalesce(t.c.plays7d, 0)::FLOAT AS title_plays7d,
  coalesce(t.c.playsTotal, 0)::FLOAT AS title_playsTotal,
  coalesce(mean_rating(t.c.stars, t.c.ratings), 0)::FLOAT AS title_meanRating,
  coalesce(age_days(l.occurredAt, titles.releasedAt), 0)::FLOAT AS title_ageDays,
  coalesce(genre_share(genres.weight, u.c.tagged), 0)::FLOAT AS pair_genreAffinity
FROM labels l
JOIN user_line u ON u.number = l.number
JOIN title_line t ON t.number = l.number
LEFT JOIN genres ON genres.number = l.number
NATURAL JOIN users
JOIN title_numbers ON l.titleNo = title_numbers.titleNo
LEFT JOIN titles ON l.titleNo = titles.titleNo
ORDER BY l.occurredAt, l.userNo, l.titleNo, l.label
