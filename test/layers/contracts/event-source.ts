import { describe, expect, it } from 'vitest';
import { type BatchResult, batchesOf, failedFrom, type PartitionBatch } from '#adapters/lambda/kafka-batch.ts';
import { deadLetterOf, EVENTS } from '#domain/events/event-log-topics.ts';
import type { EventLog } from '#ports/event-log.ts';
import { triggers } from '../../../functions/triggers.ts';
import type { InvokeFunction } from '../../../localstack/embedded/aws/api-gateway.ts';
import { eventSource } from '../../../localstack/embedded/aws/event-source-mapping.ts';
import { recordsOf } from '../../functions/handler-fixture.ts';

const CONSUMER = 'update-online';
const ATTEMPTS = triggers[CONSUMER].on.maxAttempts;
const NUMBERS = Array.from({ length: 40 }, (_, i) => String(i));

/** Handles one record's value. @param attempt 1 for the first delivery of the value @throws to simulate a failure */
type Handle = (value: string, attempt: number) => void;

/** Part of an invocation that fails: all records, or each partition's records from the failed one on. */
type Failing = 'completely' | 'in part';

/** Defines the contract of the event source with a failing consumer. @param open returns an empty log */
export const eventSourceContract = (name: string, open: () => Promise<EventLog>) =>
  describe(`the event source on ${name}`, () => {
    it('sends only the failing record to the dead-letter topic, with its origin and the reason', async () => {
      await using consumer = await consumed(open, (value) => {
        if (value === '17') throw new Error('poison');
      });
      expect(new Set(consumer.done)).toEqual(new Set(NUMBERS.filter((value) => value !== '17')));
      const letters = await recordsOf(consumer.eventLog, deadLetterOf(EVENTS));
      expect(letters.map(({ value }) => value)).toEqual(['17']);
      expect(letters[0]?.headers).toMatchObject({
        'x-origin': expect.stringMatching(/^events\.v1\/\d\/\d+$/),
        'x-consumer': triggers[CONSUMER].on.group,
        'x-reason': `gave up after ${ATTEMPTS} attempts`,
      });
    });

    it('retries a batch that fails temporarily, so that no record is lost', async () => {
      await using consumer = await consumed(open, (value, attempt) => {
        if (value === '3' && attempt < ATTEMPTS) throw new Error('busy');
      });
      expect(new Set(consumer.done)).toEqual(new Set(NUMBERS));
      expect(await recordsOf(consumer.eventLog, deadLetterOf(EVENTS))).toEqual([]);
    });

    it('does not redeliver the records before a partial failure', async () => {
      const busy: Handle = (value, attempt) => {
        if (value === '30' && attempt < ATTEMPTS) throw new Error('busy');
      };
      await using consumer = await consumed(open, busy, 'in part');
      expect([...consumer.done].sort()).toEqual([...NUMBERS].sort());
    });

    it('does not redeliver handled records after a restart', async () => {
      await using consumer = await consumed(open, () => {});
      await consumer.drain();
      expect([...consumer.attempts.values()]).toEqual(NUMBERS.map(() => 1));
    });

    it('delivers records only up to a given time, and each record once', async () => {
      await using consumer = await consumed(open, () => {});
      const later = ['later', 'too'].map((value, i) => ({ key: 'k-1', value, timestamp: 10 + i }));
      await consumer.eventLog.append(EVENTS, later);
      await consumer.drain(10);
      expect(consumer.done.slice(NUMBERS.length)).toEqual(['later']);
      await consumer.drain();
      expect(consumer.done.slice(NUMBERS.length)).toEqual(['later', 'too']);
    });

    it('sends all records to the dead-letter topic if all fail', async () => {
      await using consumer = await consumed(open, () => {
        throw new Error('down');
      });
      expect(consumer.done).toEqual([]);
      const letters = await recordsOf(consumer.eventLog, deadLetterOf(EVENTS));
      expect(letters.map(({ value }) => value).sort()).toEqual([...NUMBERS].sort());
    });
  });

/** Creates a log with forty records, and a consumer that calls `handle` with each value. */
async function consumed(open: () => Promise<EventLog>, handle: Handle, failing: Failing = 'completely') {
  const eventLog = await open();
  await eventLog.append(
    EVENTS,
    NUMBERS.map((value) => ({ key: `k-${Number(value) % 7}`, value, timestamp: 0 })),
  );
  const attempts = new Map<string, number>();
  const done: string[] = [];
  const handleAll = ({ records }: PartitionBatch) => {
    for (const { value, offset } of records) {
      const attempt = (attempts.get(value) ?? 0) + 1;
      attempts.set(value, attempt);
      try {
        handle(value, attempt);
      } catch (error) {
        if (failing === 'in part') return offset;
        throw error;
      }
      if (failing === 'in part') done.push(value);
    }
    if (failing === 'completely') done.push(...records.map(({ value }) => value));
    return undefined;
  };
  const invoke: InvokeFunction = async (_name, event): Promise<BatchResult> => ({
    batchItemFailures: batchesOf(event as never).flatMap((batch) => {
      const failedAt = handleAll(batch);
      return failedAt === undefined ? [] : [failedFrom(batch, failedAt)];
    }),
  });
  const drain = (until?: number) => eventSource({ eventLog, invoke }).drain([CONSUMER], until);
  await drain();
  return { eventLog, done, attempts, drain, [Symbol.asyncDispose]: () => eventLog[Symbol.asyncDispose]() };
}
