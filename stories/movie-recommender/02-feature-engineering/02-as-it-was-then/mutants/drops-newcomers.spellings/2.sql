WITH genres AS (
  -- Mean weight of the title's genres in the user's plays; a genre that the user never played has weight 0.
  SELECT l.number, avg(coalesce(c.weight, 0)) AS weight
  FROM (
    SELECT labels.number, labels.userNo, labels.occurredAt, title_genres.genreNo
    FROM labels JOIN title_genres USING (titleNo)
  ) l
  ASOF LEFT JOIN user_genre_plays c ON l.userNo = c.userNo AND l.genreNo = c.genreNo AND l.occurredAt >= c.since
  GROUP BY l.number
)
SELECT
  users.userId, title_numbers.titleId, l.occurredAt, l.label::INTEGER AS label,
  coalesce(u.plays7d, 0)::FLOAT AS user_plays7d,
  coalesce(u.playsTotal, 0)::FLOAT AS user_playsTotal,
  coalesce(mean_rating(u.stars, u.ratings), 0)::FLOAT AS user_meanRating,
  coalesce(t.plays7d, 0)::FLOAT AS title_plays7d,
  coalesce(t.playsTotal, 0)::FLOAT AS title_playsTotal,
  coalesce(mean_rating(t.stars, t.ratings), 0)::FLOAT AS title_meanRating,
  coalesce(age_days(l.occurredAt, titles.releasedAt), 0)::FLOAT AS title_ageDays,
  coalesce(genre_share(genres.weight, u.tagged), 0)::FLOAT AS pair_genreAffinity
FROM labels l
JOIN LATERAL (
  SELECT * FROM user_changes c WHERE c.userNo = l.userNo AND c.since <= l.occurredAt ORDER BY c.since DESC LIMIT 1
) u ON true
JOIN LATERAL (
  SELECT * FROM title_plays_and_ratings c WHERE c.titleNo = l.titleNo AND c.since <= l.occurredAt
  ORDER BY c.since DESC LIMIT 1
) t ON true
LEFT JOIN genres ON genres.number = l.number
JOIN users ON users.userNo = l.userNo
JOIN title_numbers ON title_numbers.titleNo = l.titleNo
LEFT JOIN titles ON titles.titleNo = l.titleNo
ORDER BY l.occurredAt, l.userNo, l.titleNo, l.label
