-- The training set: each label with the features as of the label's own time.
--
-- Input    labels(userNo, titleNo, occurredAt, knownAt, label, number), one row per label, identified by `number`
--          user_changes(userNo, since, plays7d, playsTotal, stars, ratings, tagged)
--          title_plays_and_ratings(titleNo, since, plays7d, playsTotal, stars, ratings, tagged)
--          user_genre_plays(userNo, genreNo, since, weight)
--          users(userId, userNo), title_numbers(titleId, titleNo), titles(titleId, titleNo, releasedAt),
--          title_genres(titleNo, genre, genreNo)
-- Output   userId, titleId, occurredAt, label (1 played, 0 not), then the features, as 32-bit floats
-- Order    occurredAt, userNo, titleNo, label
-- Time     UTC epoch ms. A row of a change table is valid from `since` until the next row of the same key. Two events
--          at the same time make two equal rows.
--
-- TODO This is Joon-ho's query. It runs, and it reads the future: the three joins marked (1), (2) and (3) take the last
-- value in the table. Make each of them take the value that was valid at the time of the label.
WITH genres AS (
  -- Mean weight of the title's genres in the user's plays; a genre that the user never played has weight 0.
  SELECT l.number, avg(coalesce(c.weight, 0)) AS weight
  FROM (
    SELECT labels.number, labels.userNo, labels.occurredAt, title_genres.genreNo
    FROM labels JOIN title_genres USING (titleNo)
  ) l
  ASOF LEFT JOIN user_genre_plays c ON c.userNo = l.userNo AND c.genreNo = l.genreNo AND c.since <= l.occurredAt
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
ASOF LEFT JOIN user_changes u ON u.userNo = l.userNo AND u.since <= l.occurredAt
ASOF LEFT JOIN title_plays_and_ratings t ON t.titleNo = l.titleNo AND t.since <= l.occurredAt
LEFT JOIN genres ON genres.number = l.number
JOIN users ON users.userNo = l.userNo
JOIN title_numbers ON title_numbers.titleNo = l.titleNo
LEFT JOIN titles ON titles.titleNo = l.titleNo
ORDER BY l.occurredAt, l.userNo, l.titleNo, l.label;
