import { Admin, type BaseOptions, Consumer, Producer, serializersFrom, stringSerializer } from '@platformatic/kafka';
import { partitionOf } from '#domain/core/partition-of.ts';
import { groupOf } from '#domain/events/topics.ts';
import type { EventLog, NewRecord, Position } from '#ports/event-log.ts';
import { batchBySize, sizeOf } from '../batching/size-batches.ts';
import { OffsetOutOfRange, RecordTooLarge } from './errors.ts';
import { topicOf, tried } from './kafka-metadata.ts';
import { reader } from './kafka-reader.ts';

export interface KafkaOptions {
  /** `host:port` of some of them; the others are found. */
  readonly brokers: readonly string[];
  /** Asked at each authentication, and again before the brokers' session ends. @default - no authentication */
  readonly token?: () => Promise<string>;
  /** @default - when there is a token */
  readonly tls?: boolean;
}

/** Brokers take 1 MiB per partition and request (`message.max.bytes`). */
const MAX_REQUEST_BYTES = 900_000;
/** With four attempts at most 10 s together, which is how long `collect` may run. */
const REQUEST_TIMEOUT_MS = 2_000;
const CONNECT_TIMEOUT_MS = 2_000;
const RETRIES = 3;
const FIRST_RETRY_MS = 250;
const EARLIEST = -2n;
const LATEST = -1n;

/**
 * Apache Kafka or MSK. Appends are acknowledged by all in-sync replicas, and what the client tries again by itself is
 * kept once; what the caller sends again after an error may be kept twice. Groups are named as MSK's event sources name them:
 * one per topic.
 */
export function kafkaEventLog(options: KafkaOptions): EventLog {
  const client = clientOptions(options);
  const admin = new Admin({ ...client });
  // It reads by offset and never joins the group.
  const consumer = new Consumer({ ...client, groupId: client.clientId });
  const { append, close } = appender(client);
  const read = reader(consumer);

  const partitions: EventLog['partitions'] = async (topic) => {
    const at = async (timestamp: bigint) => (await consumer.listOffsets({ topics: [topic], timestamp })).get(topic);
    const [first = [], next = []] = await tried(topic, Promise.all([at(EARLIEST), at(LATEST)]));
    return next.map((end, partition) => ({ partition, first: Number(first[partition]), next: Number(end) }));
  };

  return {
    append,
    read: async (topic, from, limit) => {
      const found = await tried(topic, read(topic, from, limit));
      if (found) return found;
      const kept = (await partitions(topic))[from.partition] ?? { first: 0, next: 0 };
      throw new OffsetOutOfRange(topic, from, kept);
    },
    partitions,
    committed: async (group, topic) => {
      const groups = await tried(topic, admin.listConsumerGroupOffsets({ groups: [groupOf(group, topic)] }));
      const found = groups.flatMap(({ topics }) => topics).find(({ name }) => name === topic)?.partitions ?? [];
      return new Map(found.map(({ partitionIndex, committedOffset }) => [partitionIndex, Number(committedOffset)]));
    },
    commit: (group, topic, { partition, offset }) => {
      const topics = [{ name: topic, partitionOffsets: [{ partition, offset: BigInt(offset) }] }];
      return tried(topic, admin.alterConsumerGroupOffsets({ groupId: groupOf(group, topic), topics }));
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

/** Appends in turn per topic, so that order holds also when a request fails. */
function appender(client: BaseOptions): { append: EventLog['append']; close(): Promise<void> } {
  const producer = new Producer({ ...client, idempotent: true, serializers: serializersFrom(stringSerializer) });
  const turns = new Map<string, ReturnType<typeof batchBySize>>();

  const send = async (topic: string, records: readonly NewRecord[]): Promise<Position[]> => {
    const { partitionsCount } = await topicOf(producer, topic);
    const messages = records.map(({ timestamp, ...record }) => ({
      ...record,
      topic,
      partition: partitionOf(record.key, partitionsCount),
      timestamp: BigInt(timestamp),
    }));
    // Said again here: only then does the client forget its sequence numbers after an error.
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
      const turn = turns.get(topic) ?? batchBySize((some) => tried(topic, send(topic, some)), MAX_REQUEST_BYTES);
      turns.set(topic, turn);
      return turn.append(records);
    },
    close: async () => {
      await Promise.all([...turns.values()].map(({ idle }) => idle()));
      await producer.close();
    },
  };
}
