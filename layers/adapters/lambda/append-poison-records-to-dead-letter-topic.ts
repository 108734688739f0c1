import { deadLetterOf } from '#domain/events/event-log-topics.ts';
import type { Poison } from '#domain/events/stored-records/separate-poison-records.ts';
import type { EventLog, LogRecord } from '#ports/event-log.ts';
import type { Invocation } from '#ports/telemetry.ts';
import type { PartitionBatch } from './decode-kafka-event.ts';

/** Returns the position of a record as `topic/partition/offset`. */
export const originOf = ({ topic, partition }: Pick<PartitionBatch, 'topic' | 'partition'>, offset: number): string =>
  `${topic}/${partition}/${offset}`;

/**
 * Appends poison records to the dead-letter topic. A consumer does this before its batch is acknowledged, so that no
 * record is lost if it ends in between. The key is the record's position: readers see a repeated letter once.
 *
 * @param consumer name of the consumer group
 */
export async function appendDeadLetters(
  eventLog: Pick<EventLog, 'append'>,
  consumer: string,
  batch: Pick<PartitionBatch, 'topic' | 'partition'>,
  poison: readonly Poison<LogRecord>[],
): Promise<void> {
  if (poison.length === 0) return;
  const letters = poison.map(({ record: { offset, key, value, timestamp, headers }, reason }) => {
    const origin = originOf(batch, offset);
    const ours = { 'x-origin': origin, 'x-consumer': consumer, 'x-reason': reason, 'x-key': key };
    return { key: origin, value, timestamp, headers: { ...headers, ...ours } };
  });
  await eventLog.append(deadLetterOf(batch.topic), letters);
}

/**
 * Counts the dead letters of an invocation. An invocation with dead letters is also an error, once: it has not delivered all of its
 * records, and its SLO must show that although the handler succeeds.
 */
export function countDeadLetters(invocation: Pick<Invocation, 'count'>, letters: number): void {
  if (letters === 0) return;
  invocation.count('DeadLetters', letters);
  invocation.count('Errors');
}
