import { Admin, type BaseOptions, Consumer, Producer, serializersFrom, stringSerializer } from '@platformatic/kafka';
import { partitionOf } from '#domain/core/partition-of.ts';
import { groupOf } from '#domain/events/event-log-topics.ts';
import type { EventLog, NewRecord, Position } from '#ports/event-log.ts';
import { batchBySize, sizeOf } from '../batching/batch-appends.ts';
import { OffsetOutOfRange, RecordTooLarge } from './errors.ts';
import { topicOf, withKafkaErrors } from './find-topic-and-convert-kafka-errors.ts';
import { kafkaReader } from './kafka-reader.ts';

export interface KafkaOptions {
  /** Addresses (`host:port`) of some brokers. The client discovers the others. */
  readonly brokers: readonly string[];
  /** Returns a token. Called for each authentication and before a session expires. @default - no authentication */
  readonly token?: () => Promise<string>;
  /** Whether to use TLS. @default - if there is a token */
  readonly tls?: boolean;
}

/** Maximum bytes per request. Brokers accept 1 MiB per partition and request (`message.max.bytes`). */
const MAX_REQUEST_BYTES = 900_000;
/** Milliseconds per attempt. Four attempts with pauses take at most 10 s, the time limit of `collect`. */
const REQUEST_TIMEOUT_MS = 2_000;
const CONNECT_TIMEOUT_MS = 2_000;
const RETRIES = 3;
/** Milliseconds before the first retry; doubled for each further one. */
const FIRST_RETRY_MS = 250;
/** Timestamps by which Kafka's ListOffsets request returns the first and the next offset. */
const EARLIEST = -2n;
const LATEST = -1n;

/**
 * Returns an event log in Apache Kafka or MSK. All in-sync replicas acknowledge an append. The client's own retries
 * store a record once (idempotent producer); a caller's retry after an error may store it twice. Each consumer group is
 * a separate Kafka group per topic (`groupOf`), as MSK requires.
 */
export function kafkaEventLog(options: KafkaOptions): EventLog {
  const client = clientOptions(options);
  const admin = new Admin({ ...client });
  // This consumer reads by offset and never joins a group.
  const consumer = new Consumer({ ...client, groupId: client.clientId });
  const { append, close } = appender(client);
  const read = kafkaReader(consumer);

  const partitions: EventLog['partitions'] = async (topic) => {
    const at = async (timestamp: bigint) => (await consumer.listOffsets({ topics: [topic], timestamp })).get(topic);
    const [first = [], next = []] = await withKafkaErrors(topic, Promise.all([at(EARLIEST), at(LATEST)]));
    return next.map((end, partition) => ({ partition, first: Number(first[partition]), next: Number(end) }));
  };

  return {
    append,
    read: async (topic, from, limit) => {
      const found = await withKafkaErrors(topic, read(topic, from, limit));
      if (found) return found;
      const readable = (await partitions(topic))[from.partition] ?? { first: 0, next: 0 };
      throw new OffsetOutOfRange(topic, from, readable);
    },
    partitions,
    committed: async (group, topic) => {
      const groups = await withKafkaErrors(topic, admin.listConsumerGroupOffsets({ groups: [groupOf(group, topic)] }));
      const found = groups.flatMap(({ topics }) => topics).find(({ name }) => name === topic)?.partitions ?? [];
      return new Map(found.map(({ partitionIndex, committedOffset }) => [partitionIndex, Number(committedOffset)]));
    },
    commit: (group, topic, { partition, offset }) => {
      const topics = [{ name: topic, partitionOffsets: [{ partition, offset: BigInt(offset) }] }];
      return withKafkaErrors(topic, admin.alterConsumerGroupOffsets({ groupId: groupOf(group, topic), topics }));
    },
    [Symbol.asyncDispose]: async () => {
      await close();
      await Promise.all([consumer.close(), admin.close()]);
    },
  };
}

const clientOptions = ({ brokers, token, tls = token !== undefined }: KafkaOptions) =>
  ({
    clientId: 'agentbricks',
    bootstrapBrokers: [...brokers],
    connectTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    timeout: REQUEST_TIMEOUT_MS,
    retries: RETRIES,
    retryDelay: (_client: object, _operation: string, attempt: number) => FIRST_RETRY_MS * 2 ** (attempt - 1),
    ...(tls ? { tls: {} } : {}),
    ...(token ? { sasl: { mechanism: 'OAUTHBEARER', token } as const } : {}),
  }) satisfies BaseOptions;

/**
 * Returns a function that appends records with one request per topic at a time, so that the order is preserved even if
 * a request fails.
 */
function appender(client: BaseOptions): { append: EventLog['append']; close(): Promise<void> } {
  const producer = new Producer({ ...client, idempotent: true, serializers: serializersFrom(stringSerializer) });
  const queues = new Map<string, ReturnType<typeof batchBySize>>();

  const send = async (topic: string, records: readonly NewRecord[]): Promise<Position[]> => {
    const { partitionsCount } = await topicOf(producer, topic);
    const messages = records.map(({ timestamp, ...record }) => ({
      ...record,
      topic,
      partition: partitionOf(record.key, partitionsCount),
      timestamp: BigInt(timestamp),
    }));
    // Repeats the option `idempotent`: otherwise, the client does not reset its sequence numbers after an error.
    const { offsets = [] } = await producer.send({ messages, idempotent: true });
    const next = new Map(offsets.map(({ partition, offset }) => [partition, Number(offset)]));
    return messages.map(({ partition }) => {
      const offset = next.get(partition) as number;
      next.set(partition, offset + 1);
      return { partition, offset };
    });
  };

  return {
    append: async (topic, records) => {
      const largest = Math.max(0, ...records.map(sizeOf));
      if (largest > MAX_REQUEST_BYTES) throw new RecordTooLarge(topic, largest, MAX_REQUEST_BYTES);
      const queue =
        queues.get(topic) ?? batchBySize((batch) => withKafkaErrors(topic, send(topic, batch)), MAX_REQUEST_BYTES);
      queues.set(topic, queue);
      return queue.append(records);
    },
    close: async () => {
      await Promise.all([...queues.values()].map(({ idle }) => idle()));
      await producer.close();
    },
  };
}
