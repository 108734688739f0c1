-- user_genre_plays: plays of each user per genre, as a stream of changes (see user-changes.sql).
--
-- Input    plays(userNo, titleNo, knownAt, genres), title_genres(titleNo, genreNo)
-- Output   userNo, genreNo, since, weight
-- Key      userNo, genreNo, since; rows with equal keys are equal in all columns
-- Unit     weight: plays × whole_play(); a play of a title with n genres counts 1/n for each.
--          genre_share() converts it to a share.
-- Time     since: the knownAt of a play (UTC epoch ms)
SELECT userNo, genreNo, since, sum(weight) OVER (PARTITION BY userNo, genreNo ORDER BY since) AS weight
FROM (
  SELECT
    plays.userNo, title_genres.genreNo, plays.knownAt AS since, (whole_play() // plays.genres)::DOUBLE AS weight
  FROM plays JOIN title_genres USING (titleNo)
)
