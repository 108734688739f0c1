-- known_at: whether a record of the log was known at a time.
--
-- Input    occurredAt   when the event happened, by the clock of the user's device; a wrong clock may be in the future
--          ingestedAt   when the service received the record
--          arrival      1 for the first record of its eventId to arrive, 2 for the second, …
--          as_of        the time to check
-- Output   true or false
-- Unit     UTC epoch milliseconds
-- Never    depends on records that arrive after as_of
--
-- An event was known if it had happened, and if its record had arrived. Only the first record of an eventId is the
-- event: a repeat that arrives later, or has another time, changes nothing that was computed before.
CREATE OR REPLACE TEMP MACRO known_at(occurredAt, ingestedAt, arrival, as_of) AS
  occurredAt < as_of AND ingestedAt <= as_of AND arrival = 1;
