-- Times that follow from an event's occurredAt (the device's clock) and ingestedAt (arrival). UTC epoch milliseconds.

-- From this time on, known_at is true.
CREATE OR REPLACE TEMP MACRO known_from(occurredAt, ingestedAt) AS greatest(occurredAt + 1, ingestedAt);

-- From this time on, the event is older than seven days: occurredAt < t - 7 d.
CREATE OR REPLACE TEMP MACRO out_of_week_from(occurredAt, ingestedAt) AS
  greatest(occurredAt + 7 * 86400000 + 1, ingestedAt);
