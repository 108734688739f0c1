-- events: the events that were known at `as_of`, each once.
--
-- Input    records, in the columns of the lake; variable as_of (UTC epoch ms)
-- Output   view events(eventId, type, userId, titleId, …, occurredAt, ingestedAt, knownAt)
-- Key      eventId
-- Time     knownAt: time from which on the event was known
--
-- Nearly all ids occur once. Only records whose id's hash repeats are compared and stored in a table. All others stay
-- in the lake, where each query reads only the columns and event types that it needs.
CREATE OR REPLACE TEMP TABLE repeated_ids AS
SELECT hash(eventId) AS id FROM records WHERE ingestedAt <= getvariable('as_of') GROUP BY id HAVING count(*) > 1;

CREATE OR REPLACE TEMP TABLE repeats AS
SELECT
  eventId, type, userId, titleId, requestId, occurredAt, ingestedAt, rating, country, name, genres, releasedAt, titleIds,
  row_number() OVER (PARTITION BY eventId ORDER BY ingestedAt, partition, "offset") AS arrival
FROM records
WHERE ingestedAt <= getvariable('as_of') AND hash(eventId) IN (FROM repeated_ids);

CREATE OR REPLACE TEMP VIEW events AS
SELECT * EXCLUDE (arrival), known_from(occurredAt, ingestedAt) AS knownAt
FROM (
  SELECT
    eventId, type, userId, titleId, requestId, occurredAt, ingestedAt, rating, country, name, genres, releasedAt, titleIds,
    1 AS arrival
  FROM records
  WHERE hash(eventId) NOT IN (FROM repeated_ids)
  UNION ALL FROM repeats
)
WHERE known_at(occurredAt, ingestedAt, arrival, getvariable('as_of'));
