WITH genres AS (
  -- Mean weight of the title's genres in the user's plays; a genre that the user never played has weight 0.
  SELECT l.number, avg(coalesce(c.weight, 0)) AS weight
  FROM (
    SELECT labels.number, labels.userNo, labels.occurredAt, title_genres.genreNo
    FROM labels JOIN title_genres USING (titleNo)
  ) l
  LEFT JOIN (
    SELECT userNo, genreNo, max(weight) AS weight FROM user_genre_plays GROUP BY userNo, genreNo
  ) c ON c.userNo = l.userNo AND c.genreNo = l.genreNo
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
LEFT JOIN (
  SELECT userNo, max_by(plays7d, since) AS plays7d, max_by(playsTotal, since) AS playsTotal, max_by(stars, since) AS stars,
    max_by(ratings, since) AS ratings, max_by(tagged, since) AS tagged
  FROM user_changes GROUP BY userNo
) u ON u.userNo = l.userNo
LEFT JOIN (
  SELECT titleNo, max_by(plays7d, since) AS plays7d, max_by(playsTotal, since) AS playsTotal, max_by(stars, since) AS stars,
    max_by(ratings, since) AS ratings
  FROM title_plays_and_ratings GROUP BY titleNo
) t ON t.titleNo = l.titleNo
LEFT JOIN genres ON genres.number = l.number
JOIN users ON users.userNo = l.userNo
JOIN title_numbers ON title_numbers.titleNo = l.titleNo
LEFT JOIN titles ON titles.titleNo = l.titleNo
ORDER BY l.occurredAt, l.userNo, l.titleNo, l.label
