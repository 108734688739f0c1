-- Each label looks up its own values: a correlated subquery per change table.
WITH genres AS (
  SELECT l.number, avg(coalesce(c.weight, 0)) AS weight
  FROM labels l
  JOIN title_genres g ON g.titleNo = l.titleNo
  LEFT JOIN LATERAL (
    SELECT weight FROM user_genre_plays p
    WHERE p.userNo = l.userNo AND p.genreNo = g.genreNo AND p.since <= l.occurredAt
    ORDER BY p.since DESC
    LIMIT 1
  ) c ON true
  GROUP BY l.number
)
SELECT
  (SELECT userId FROM users WHERE users.userNo = l.userNo) AS userId,
  (SELECT titleId FROM title_numbers n WHERE n.titleNo = l.titleNo) AS titleId,
  l.occurredAt,
  CAST(l.label AS INTEGER) AS label,
  CAST(ifnull(u.plays7d, 0) AS FLOAT) AS user_plays7d,
  CAST(ifnull(u.playsTotal, 0) AS FLOAT) AS user_playsTotal,
  CAST(ifnull(mean_rating(u.stars, u.ratings), 0) AS FLOAT) AS user_meanRating,
  CAST(ifnull(t.plays7d, 0) AS FLOAT) AS title_plays7d,
  CAST(ifnull(t.playsTotal, 0) AS FLOAT) AS title_playsTotal,
  CAST(ifnull(mean_rating(t.stars, t.ratings), 0) AS FLOAT) AS title_meanRating,
  CAST(ifnull(age_days(l.occurredAt, d.releasedAt), 0) AS FLOAT) AS title_ageDays,
  CAST(ifnull(genre_share(genres.weight, u.tagged), 0) AS FLOAT) AS pair_genreAffinity
FROM labels l
LEFT JOIN LATERAL (
  SELECT * FROM user_changes c WHERE c.userNo = l.userNo AND c.since <= l.occurredAt ORDER BY c.since DESC LIMIT 1
) u ON true
LEFT JOIN LATERAL (
  SELECT * FROM title_plays_and_ratings c
  WHERE c.titleNo = l.titleNo AND c.since <= l.occurredAt
  ORDER BY c.since DESC LIMIT 1
) t ON true
LEFT JOIN genres USING (number)
LEFT JOIN titles d ON d.titleNo = l.titleNo
ORDER BY l.occurredAt, l.userNo, l.titleNo, l.label
