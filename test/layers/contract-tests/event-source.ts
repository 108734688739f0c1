import { describe, expect, it } from 'vitest';
import { batchesOf } from '#adapters/lambda/decode-kafka-event.ts';
import { deadLetterOf, EVENTS } from '#domain/events/event-log-topics.ts';
import type { EventLog } from '#ports/event-log.ts';
import type { InvokeFunction } from '../../../localstack/embedded/aws/api-gateway.ts';
import { eventSource, type WaitingConsumer } from '../../../localstack/embedded/aws/event-source-mapping.ts';
import { recordsOf } from '../../functions/handler-fixture.ts';

const CONSUMER = 'update-online';
const NUMBERS = Array.from({ length: 40 }, (_, i) => String(i));
/** More attempts than any limit that an event source had. */
const MANY = 7;

/** Handles one record's value. @param attempt 1 for the first delivery of the value @throws to simulate a failure */
type Handle = (value: string, attempt: number) => void;

/** Defines the contract of the event source with a failing consumer. @param open returns an empty log */
export const eventSourceContract = (name: string, open: () => Promise<EventLog>) =>
  describe(`the event source on ${name}`, () => {
    it('retries a batch that fails, so that no record is lost or becomes a dead letter', async () => {
      await using consumer = await consumed(open, (value, attempt) => {
        if (value === '3' && attempt <= MANY) throw new Error('busy');
      });
      await consumer.drain();
      expect(new Set(consumer.done)).toEqual(new Set(NUMBERS));
      expect(await recordsOf(consumer.eventLog, deadLetterOf(EVENTS))).toEqual([]);
      expect(consumer.failures.map(({ attempts }) => attempts)).toEqual(Array.from({ length: MANY }, (_, i) => i + 1));
      expect(consumer.resumed).toEqual([expect.objectContaining({ attempts: MANY, name: CONSUMER })]);
      expect(consumer.source.waiting()).toEqual([]);
    });

    it('waits longer before each retry of a batch, and at most 30 s', async () => {
      await using consumer = await consumed(open, () => {
        throw new Error('down');
      });
      for (let attempt = 0; attempt < 20; attempt++) {
        consumer.skipPauses();
        await consumer.source.deliver({ only: [CONSUMER] });
      }
      const [{ partition } = { partition: -1 }] = consumer.failures;
      const pauses = consumer.pauses.get(partition) ?? [];
      expect(pauses.slice(0, 4)).toEqual([100, 200, 400, 800]);
      expect(pauses.at(-1)).toBe(15_000);
      expect(consumer.done).toEqual([]);
    });

    it('shows a consumer that waits, with the reason, and delivers the other partitions', async () => {
      await using consumer = await consumed(open, (value) => {
        if (value === '3') throw new Error('no space left');
      });
      await consumer.source.deliver({ only: [CONSUMER] });
      expect(consumer.source.waiting()).toMatchObject([{ name: CONSUMER, topic: EVENTS, error: 'no space left' }]);
      expect(new Set(consumer.done).size).toBeGreaterThan(0);
      expect(consumer.done).not.toContain('3');
      // Until the pause has passed, no attempt is made.
      const attempts = consumer.failures.length;
      await consumer.source.deliver({ only: [CONSUMER] });
      expect(consumer.failures).toHaveLength(attempts);
    });

    it('can be stopped while a consumer fails', async () => {
      await using consumer = await consumed(open, () => {
        throw new Error('down');
      });
      const stop = new AbortController();
      const draining = consumer.source.drain({ only: [CONSUMER], signal: stop.signal });
      stop.abort();
      await expect(draining).rejects.toThrow(/abort/i);
    });

    it('does not redeliver handled records after a restart', async () => {
      await using consumer = await consumed(open, () => {});
      await consumer.drain();
      await consumer.drain();
      expect([...consumer.attempts.values()]).toEqual(NUMBERS.map(() => 1));
    });

    it('delivers records only up to a given time, and each record once', async () => {
      await using consumer = await consumed(open, () => {});
      await consumer.drain();
      const later = ['later', 'too'].map((value, i) => ({ key: 'k-1', value, timestamp: 10 + i }));
      await consumer.eventLog.append(EVENTS, later);
      await consumer.drain(10);
      expect(consumer.done.slice(NUMBERS.length)).toEqual(['later']);
      await consumer.drain();
      expect(consumer.done.slice(NUMBERS.length)).toEqual(['later', 'too']);
    });
  });

/** Creates a log with forty records, and a consumer that calls `handle` with each value. */
async function consumed(open: () => Promise<EventLog>, handle: Handle) {
  const eventLog = await open();
  await eventLog.append(
    EVENTS,
    NUMBERS.map((value) => ({ key: `k-${Number(value) % 7}`, value, timestamp: 0 })),
  );
  const attempts = new Map<string, number>();
  const done: string[] = [];
  const invoke: InvokeFunction = async (_name, event) => {
    for (const { records } of batchesOf(event as never)) {
      for (const { value } of records) {
        const attempt = (attempts.get(value) ?? 0) + 1;
        attempts.set(value, attempt);
        handle(value, attempt);
      }
      done.push(...records.map(({ value }) => value));
    }
  };
  return { eventLog, done, attempts, ...observedSource(eventLog, invoke) };
}

/** Creates an event source whose pauses are as short as they can be, and records them. */
function observedSource(eventLog: EventLog, invoke: InvokeFunction) {
  const failures: WaitingConsumer[] = [];
  const resumed: WaitingConsumer[] = [];
  const pauses = new Map<number, number[]>();
  let offset = 0;
  const now = () => Date.now() + offset;
  const onWaiting = (consumer: WaitingConsumer) => {
    failures.push(consumer);
    const pause = consumer.retryAt - consumer.failedAt;
    pauses.set(consumer.partition, [...(pauses.get(consumer.partition) ?? []), pause]);
  };
  const onResumed = (consumer: WaitingConsumer) => void resumed.push(consumer);
  const source = eventSource({ eventLog, invoke, onWaiting, onResumed, random: () => 0, now });
  return {
    source,
    failures,
    resumed,
    pauses,
    /** Makes all pauses end. */
    skipPauses: () => {
      offset += 60_000;
    },
    drain: (until?: number) => source.drain({ only: [CONSUMER], until }),
    [Symbol.asyncDispose]: () => eventLog[Symbol.asyncDispose](),
  };
}
