import type { MSKEvent } from 'aws-lambda';
import type { BatchResult } from '#adapters/lambda/kafka-batch.ts';
import { deadLetterOf } from '#domain/events/event-log-topics.ts';
import type { EventLog, LogRecord } from '#ports/event-log.ts';
import { type On, type Trigger, type TriggerName, triggers } from '../../../functions/triggers.ts';
import type { InvokeFunction } from './api-gateway.ts';

type TopicTrigger = Extract<On, { kind: 'topic' }>;
interface Source {
  readonly name: TriggerName;
  readonly on: TopicTrigger;
}

const sources: readonly Source[] = (Object.entries(triggers) as [TriggerName, Trigger][]).flatMap(([name, { on }]) =>
  on.kind === 'topic' ? [{ name, on }] : [],
);

export interface EventSourcePorts {
  readonly eventLog: EventLog;
  readonly invoke: InvokeFunction;
}

/**
 * Emulates MSK's event source mapping in this process: batches per partition, partial failures, bisection, limited attempts, a
 * dead-letter topic, and offsets committed after the handler returned. Delivery is at least once.
 */
export function eventSource(ports: EventSourcePorts) {
  let last: Promise<void> = Promise.resolve();
  const drainAll = async (only?: readonly TriggerName[], until = Number.POSITIVE_INFINITY) => {
    for (const source of sources) {
      if (only && !only.includes(source.name)) continue;
      for (const topic of source.on.topics) await drainTopic(ports, source, topic, until);
    }
  };
  return {
    /**
     * Delivers records, in a fixed order, until no consumer lags. Calls run one after another, so that no consumer group reads
     * concurrently with itself.
     *
     * @param only functions that receive records @default - all
     * @param until latest ingest time to deliver, UTC epoch milliseconds @default - no limit
     */
    drain(only?: readonly TriggerName[], until?: number): Promise<void> {
      const mine = last.then(() => drainAll(only, until));
      last = mine.catch(() => {});
      return mine;
    },
  };
}

async function drainTopic(
  { eventLog, invoke }: EventSourcePorts,
  source: Source,
  topic: string,
  until: number,
): Promise<void> {
  const { group, batchSize } = source.on;
  const committed = await eventLog.committed(group, topic);
  for (const { partition, first, next } of await eventLog.partitions(topic)) {
    // Consumers skip records that retention has deleted.
    for (let offset = Math.max(committed.get(partition) ?? first, first); offset < next; ) {
      const records = takenInBy(until, await eventLog.read(topic, { partition, offset }, batchSize));
      // Stops if the log returns no record or the next one is later than `until`; the next call retries.
      if (records.length === 0) break;
      offset = await deliver({ eventLog, invoke, source, topic }, records);
      await eventLog.commit(group, topic, { partition, offset });
    }
  }
}

/** Returns the records before the first one that was ingested after `until`. */
function takenInBy(until: number, records: readonly LogRecord[]): readonly LogRecord[] {
  const later = records.findIndex(({ timestamp }) => timestamp > until);
  return later === -1 ? records : records.slice(0, later);
}

interface Delivery extends EventSourcePorts {
  readonly source: Source;
  readonly topic: string;
}

/** Delivers all records to the handler or to the dead-letter topic. @returns the offset after the last record */
async function deliver(delivery: Delivery, records: readonly LogRecord[]): Promise<number> {
  let left = records;
  let size = left.length;
  let attempts = 0;
  while (left.length > 0) {
    const failedAt = await attempt(delivery, left.slice(0, size));
    const handled = failedAt === undefined ? size : left.findIndex(({ offset }) => offset === failedAt);
    if (handled > 0) [left, attempts] = [left.slice(handled), 0];
    if (failedAt === undefined) {
      size = left.length;
      continue;
    }
    // Bisects the batch until only the failing record is left; the records before it are delivered on the way.
    size = Math.min(left.length, Math.max(1, Math.floor(size / 2)));
    if (size === 1) attempts++;
    if (attempts < delivery.source.on.maxAttempts) continue;
    const [poison] = left;
    if (poison) await toDeadLetters(delivery, poison);
    [left, attempts] = [left.slice(1), 0];
    size = left.length;
  }
  return (records[records.length - 1]?.offset ?? 0) + 1;
}

/** Invokes the handler once. @returns the first offset that was not handled; undefined if all were */
async function attempt(
  { invoke, source, topic }: Delivery,
  records: readonly LogRecord[],
): Promise<number | undefined> {
  try {
    const result = (await invoke(source.name, mskEvent(topic, records))) as BatchResult | undefined;
    const failed = result?.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier.offset) ?? [];
    return failed.length === 0 ? undefined : Math.min(...failed);
  } catch {
    // The failed invocation has been logged and counted; here it is only retried.
    return records[0]?.offset;
  }
}

async function toDeadLetters({ eventLog, source, topic }: Delivery, record: LogRecord): Promise<void> {
  const origin = {
    'x-origin': `${topic}/${record.partition}/${record.offset}`,
    'x-consumer': source.on.group,
    'x-reason': `gave up after ${source.on.maxAttempts} attempts`,
  };
  await eventLog.append(deadLetterOf(topic), [{ ...record, headers: { ...record.headers, ...origin } }]);
}

const base64 = (text: string) => Buffer.from(text, 'utf8').toString('base64');

/** Returns records of one partition in MSK's format: key and value in base64, headers as arrays of bytes. */
export function mskEvent(topic: string, records: readonly LogRecord[]): MSKEvent {
  const partition = records[0]?.partition ?? 0;
  return {
    eventSource: 'aws:kafka',
    eventSourceArn: 'arn:aws:kafka:local:000000000000:cluster/embedded/0',
    bootstrapServers: 'embedded',
    records: {
      [`${topic}-${partition}`]: records.map((record) => ({
        topic,
        partition,
        offset: record.offset,
        timestamp: record.timestamp,
        timestampType: 'CREATE_TIME',
        key: base64(record.key),
        value: base64(record.value),
        headers: Object.entries(record.headers).map(([name, value]) => ({ [name]: [...Buffer.from(value, 'utf8')] })),
      })),
    },
  };
}
