-- Every first play of a title by a user, with the user's latest rating of the title.
--
-- Input    first_plays, last_ratings, users, title_numbers
-- Output   userId, titleId, occurredAt, rating (0.5 to 5 stars; null without one), recommended (the play came from a
--          slate of this service)
-- Order    occurredAt, userId, titleId
-- Time     occurredAt: the device's clock (UTC epoch ms)
SELECT p.userId, p.titleId, p.occurredAt, r.rating, p.requestId IS NOT NULL AS recommended
FROM (FROM first_plays JOIN users USING (userNo) JOIN title_numbers USING (titleNo)) p
LEFT JOIN last_ratings r USING (userNo, titleNo)
ORDER BY p.occurredAt, p.userId, p.titleId
