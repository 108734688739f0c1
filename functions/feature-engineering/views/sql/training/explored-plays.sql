-- First plays of titles that chance had put into the slate: no recommender chose them.
--
-- Input    first_plays, exposures, users, title_numbers
-- Output   userId, titleId, occurredAt, shown (the titles of the slate, in order)
-- Order    occurredAt, userId, titleId
-- Time     occurredAt: the device's clock (UTC epoch ms)
SELECT p.userId, p.titleId, p.occurredAt, e.shown
FROM (FROM first_plays JOIN users USING (userNo) JOIN title_numbers USING (titleNo)) p
JOIN exposures e ON e.requestId = p.requestId AND e.userId = p.userId AND list_contains(e.explored, p.titleId)
ORDER BY p.occurredAt, p.userId, p.titleId
