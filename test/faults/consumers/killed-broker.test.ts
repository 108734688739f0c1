import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { kafkaEventLog } from '#adapters/event-log/kafka.ts';
import { batchesOf } from '#adapters/lambda/decode-kafka-event.ts';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import type { EventLog, LogRecord } from '#ports/event-log.ts';
import type { InvokeFunction } from '../../../localstack/embedded/aws/api-gateway.ts';
import { eventSource } from '../../../localstack/embedded/aws/event-source-mapping.ts';
import {
  hasKafka,
  KAFKA_INSTALL_HINT,
  type Kafka,
  startKafka,
} from '../../../localstack/servers/install-and-start-kafka.ts';
import { recordsOf } from '../../functions/handler-fixture.ts';
import { describeWith } from '../../support/require-server.ts';
import { compareHistory, type History, NO_VIOLATIONS, report } from '../history/check-history.ts';

const WRITERS = ['ann', 'bob', 'cat', 'dan', 'eve'];
const BATCH = 20;
const KILLS = 2;
const PAUSE_MS = 10_000;
const CALM_MS = 1_000;
const BETWEEN_ROUNDS_MS = 100;
const SLOW_MS = 120_000;
const CONSUMER = 'update-online';

/** Events of one writer, who retries an event until it is acknowledged before sending the next. */
interface WriterHistory extends History {
  readonly attempted: string[];
  readonly acknowledged: string[];
  failures: number;
}

describeWith(
  'Kafka',
  hasKafka(),
  KAFKA_INSTALL_HINT,
)('writers and a consumer whose broker fails', () => {
  let kafka: Kafka;
  beforeAll(async () => {
    kafka = await startKafka();
  });
  afterAll(() => kafka?.[Symbol.asyncDispose]());

  it(
    'twice by SIGKILL lose no acknowledged event, and the consumer receives all events in order',
    () =>
      expectNothingLost('killed', async () => {
        for (let kill = 0; kill < KILLS; kill++) {
          await sleep(CALM_MS);
          await kafka.kill();
          await kafka.restart();
        }
      }),
    SLOW_MS,
  );

  it(
    'to respond for ten seconds lose no acknowledged event, and the consumer receives all events in order',
    () =>
      expectNothingLost('paused', async () => {
        await sleep(CALM_MS);
        await kafka.pause();
        await sleep(PAUSE_MS);
        await kafka.resume();
      }),
    SLOW_MS,
  );

  /** Lets five writers append while the event source delivers, during `trouble` and until the broker has recovered. */
  async function expectNothingLost(name: string, trouble: () => Promise<void>): Promise<void> {
    await kafka.renewTopic(EVENTS);
    await using writers = kafkaEventLog({ brokers: kafka.brokers });
    await using readers = kafkaEventLog({ brokers: kafka.brokers });
    const histories = new Map<string, WriterHistory>();
    for (const key of WRITERS) histories.set(key, { attempted: [], acknowledged: [], failures: 0 });
    const seen: LogRecord[] = [];
    let over = false;
    const writing = Promise.all([...histories].map(([key, history]) => write(writers, key, history, () => over)));
    const reading = consume(readers, seen, () => over);
    await trouble();
    await sleep(CALM_MS);
    over = true;
    await writing;
    await reading;
    await consume(readers, seen, () => true);
    const kept = await recordsOf(readers, EVENTS);
    for (const [key, history] of histories) {
      expect(history.acknowledged.length).toBeGreaterThan(BATCH);
      expectComplete(history, valuesOf(kept, key), valuesOf(kept, key));
      expectComplete(history, valuesOf(seen, key), valuesOf(kept, key));
    }
    expect(failures([...histories.values()])).toBeGreaterThan(0);
    report(`a broker ${name}`, sum([...histories.values()]), {
      kept: kept.length,
      seen: seen.length,
      'requests failed': failures([...histories.values()]),
    });
  }
});

/**
 * Checks a history. An event that was retried after an error may be in the log twice, because readers use the first.
 */
function expectComplete(history: History, ids: readonly string[], kept: readonly string[]): void {
  const { duplicated: _, ...violations } = compareHistory(history, { ids, kept });
  const { duplicated: __, ...noViolations } = NO_VIOLATIONS;
  expect(violations).toEqual(noViolations);
}

const valuesOf = (records: readonly LogRecord[], key: string): string[] =>
  records.filter((record) => record.key === key).map(({ value }) => value);

/** Appends batch after batch, and retries each until it is acknowledged. */
async function write(log: EventLog, key: string, history: WriterHistory, isOver: () => boolean): Promise<void> {
  for (let next = 0; !isOver(); next += BATCH) {
    const ids = Array.from({ length: BATCH }, (_, i) => `${key}-${next + i}`);
    const records = ids.map((value) => ({ key, value, timestamp: Date.now() }));
    history.attempted.push(...ids);
    while (!(await log.append(EVENTS, records).catch(() => undefined))) history.failures++;
    history.acknowledged.push(...ids);
  }
}

/** Delivers to a recording consumer, as the embedded runtime does. Failed rounds are retried. */
async function consume(eventLog: EventLog, seen: LogRecord[], isOver: () => boolean): Promise<void> {
  const invoke: InvokeFunction = async (_name, event) => {
    for (const { records } of batchesOf(event as never)) seen.push(...records);
  };
  const source = eventSource({ eventLog, invoke });
  while (!isOver()) {
    await source.deliver({ only: [CONSUMER] }).catch(() => {});
    await sleep(BETWEEN_ROUNDS_MS);
  }
  await source.drain({ only: [CONSUMER] });
}

/** Counts failed requests, because a test without failures would prove nothing. */
const failures = (histories: readonly WriterHistory[]): number =>
  histories.reduce((total, one) => total + one.failures, 0);

const sum = (histories: readonly History[]): History => ({
  attempted: histories.flatMap(({ attempted }) => attempted),
  acknowledged: histories.flatMap(({ acknowledged }) => acknowledged),
});
