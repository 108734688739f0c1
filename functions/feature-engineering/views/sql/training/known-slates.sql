-- exposures: the slates that were known at `as_of`.
--
-- Input    exposure_records, in the columns of the lake; variable as_of (UTC epoch ms)
-- Output   exposures(requestId, userId, shown: the titles in order, explored: the titles that exploration put there)
-- Key      (requestId, userId): clients choose request ids; of several records, the first to arrive
-- Time     occurredAt < as_of and ingestedAt <= as_of
CREATE OR REPLACE TEMP TABLE exposures AS
SELECT
  requestId, userId,
  list_transform(items, item -> item.titleId) AS shown,
  list_transform(list_filter(items, item -> item.source IN ('exploration', 'random')), item -> item.titleId) AS explored
FROM exposure_records
WHERE ingestedAt <= getvariable('as_of') AND occurredAt < getvariable('as_of')
QUALIFY row_number() OVER (PARTITION BY requestId, userId ORDER BY ingestedAt, partition, "offset") = 1;
