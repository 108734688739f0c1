import { recordsOf } from '#adapters/event-log/read-all-records.ts';
import { deadLetterOf, EVENTS, EXPOSURES } from '#domain/events/event-log-topics.ts';
import { type EventLog, type LogRecord, REDACTED } from '#ports/event-log.ts';

/** A record or event that could not be processed. */
export interface DeadLetter {
  /** Topic for which the record or event was meant. */
  readonly topic: string;
  /** Consumer group that could not read the record, or `collect` for an event that the ingestion API rejected. */
  readonly consumer: string;
  /** Position of the record in its topic, `topic/partition/offset`; null for an event that was never in the topic. */
  readonly origin: string | null;
  readonly reason: string;
  /** Time of ingest or of the rejection, UTC epoch milliseconds. */
  readonly at: number;
  /** The record's value, or the rejected event as JSON, cut to 4,096 characters. */
  readonly value: string;
  /** Partition key of the record. */
  readonly key: string;
}

/** The consumer of events that the ingestion API rejected. */
export const COLLECT = 'collect';

/**
 * Yields the dead letters of all topics, each once: a consumer that repeated a batch, and a client that sent a rejected
 * event again, have appended equal letters.
 */
export async function* deadLettersIn(eventLog: Pick<EventLog, 'read' | 'partitions'>): AsyncGenerator<DeadLetter> {
  for (const topic of [EVENTS, EXPOSURES]) {
    const seen = new Set<string>();
    for await (const record of recordsOf(eventLog, deadLetterOf(topic))) {
      if (record.value === REDACTED) continue;
      const letter = letterOf(topic, record);
      const id = `${letter.consumer} ${letter.origin ?? `${letter.key} ${letter.value}`}`;
      if (seen.has(id)) continue;
      seen.add(id);
      yield letter;
    }
  }
}

function letterOf(topic: string, { headers, value, key, timestamp: at }: LogRecord): DeadLetter {
  const { 'x-origin': origin, 'x-consumer': consumer, 'x-reason': reason, 'x-key': original } = headers;
  if (origin && consumer) return { topic, consumer, origin, reason: reason ?? '', at, value, key: original ?? key };
  const { code, reason: why, raw } = JSON.parse(value) as { code: string; reason: string; raw: string };
  return { topic, consumer: COLLECT, origin: null, reason: `${code}: ${why}`, at, value: raw, key };
}
