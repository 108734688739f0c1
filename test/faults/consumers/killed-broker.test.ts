import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { kafkaEventLog } from '#adapters/event-log/kafka.ts';
import { batchesOf } from '#adapters/lambda/kafka-batch.ts';
import { EVENTS } from '#domain/events/topics.ts';
import type { EventLog, LogRecord } from '#ports/event-log.ts';
import type { InvokeFunction } from '../../../localstack/embedded/aws/api-gateway.ts';
import { eventSource } from '../../../localstack/embedded/aws/event-source-mapping.ts';
import { hasKafka, KAFKA_INSTALL_HINT, type Kafka, startKafka } from '../../../localstack/servers/kafka.ts';
import { recordsOf } from '../../functions/handler-fixture.ts';
import { describeWith } from '../../support/require-server.ts';
import { FAULTLESS, type History, judge, report } from '../history/check-history.ts';

const WRITERS = ['ann', 'bob', 'cat', 'dan', 'eve'];
const BATCH = 20;
const KILLS = 2;
const PAUSE_MS = 10_000;
const CALM_MS = 1_000;
const BETWEEN_ROUNDS_MS = 100;
const SLOW_MS = 120_000;
const CONSUMER = 'update-online';

/** What one writer did. An id is attempted until it is acknowledged, and only then the next. */
interface Written extends History {
  readonly attempted: string[];
  readonly acknowledged: string[];
  refusals: number;
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
    'with SIGKILL, twice, lose nothing that was acknowledged, see all of it, and in order',
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
    'to answer for ten seconds lose nothing that was acknowledged, see all of it, and in order',
    () =>
      expectNothingLost('paused', async () => {
        await sleep(CALM_MS);
        await kafka.pause();
        await sleep(PAUSE_MS);
        await kafka.resume();
      }),
    SLOW_MS,
  );

  /** Five writers append, and the event source delivers, while `trouble` goes on and until all is calm after it. */
  async function expectNothingLost(name: string, trouble: () => Promise<void>): Promise<void> {
    await kafka.renewTopic(EVENTS);
    await using writers = kafkaEventLog({ brokers: kafka.brokers });
    await using readers = kafkaEventLog({ brokers: kafka.brokers });
    const histories = new Map<string, Written>();
    for (const key of WRITERS) histories.set(key, { attempted: [], acknowledged: [], refusals: 0 });
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
      expectWhole(history, valuesOf(kept, key), valuesOf(kept, key));
      expectWhole(history, valuesOf(seen, key), valuesOf(kept, key));
    }
    expect(refusals([...histories.values()])).toBeGreaterThan(0);
    report(`a broker ${name}`, sum([...histories.values()]), {
      kept: kept.length,
      seen: seen.length,
      'requests refused': refusals([...histories.values()]),
    });
  }
});

/** What was sent again after an error may stand there twice: readers take the first. */
function expectWhole(history: History, ids: readonly string[], kept: readonly string[]): void {
  const { duplicated: _, ...verdict } = judge(history, { ids, kept });
  const { duplicated: __, ...faultless } = FAULTLESS;
  expect(verdict).toEqual(faultless);
}

const valuesOf = (records: readonly LogRecord[], key: string): string[] =>
  records.filter((record) => record.key === key).map(({ value }) => value);

/** Batch after batch; one that was not acknowledged is sent again. */
async function write(log: EventLog, key: string, history: Written, isOver: () => boolean): Promise<void> {
  for (let next = 0; !isOver(); next += BATCH) {
    const ids = Array.from({ length: BATCH }, (_, i) => `${key}-${next + i}`);
    const records = ids.map((value) => ({ key, value, timestamp: Date.now() }));
    history.attempted.push(...ids);
    while (!(await log.append(EVENTS, records).catch(() => undefined))) history.refusals++;
    history.acknowledged.push(...ids);
  }
}

/** Delivers to a consumer that only looks, as the embedded runtime does: a round that failed is done again. */
async function consume(eventLog: EventLog, seen: LogRecord[], isOver: () => boolean): Promise<void> {
  const invoke: InvokeFunction = async (_name, event) => {
    for (const { records } of batchesOf(event as never)) seen.push(...records);
    return { batchItemFailures: [] };
  };
  const source = eventSource({ eventLog, invoke });
  while (!isOver()) {
    await source.drain([CONSUMER]).catch(() => {});
    await sleep(BETWEEN_ROUNDS_MS);
  }
  await source.drain([CONSUMER]);
}

/** A test in which nothing went wrong would show nothing. */
const refusals = (histories: readonly Written[]): number => histories.reduce((total, one) => total + one.refusals, 0);

const sum = (histories: readonly History[]): History => ({
  attempted: histories.flatMap(({ attempted }) => attempted),
  acknowledged: histories.flatMap(({ acknowledged }) => acknowledged),
});
