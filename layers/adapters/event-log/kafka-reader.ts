import { type Consumer, findErrorBy, type RecordsBatch } from '@platformatic/kafka';
import type { LogRecord, Position } from '#ports/event-log.ts';
import { topicOf } from './find-topic-and-convert-kafka-errors.ts';

/** Bytes to fetch per record. A typical record has about 200 bytes, so most reads need one fetch only. */
const EXPECTED_RECORD_BYTES = 512;
/** Minimum bytes per fetch. */
const MIN_FETCH_BYTES = 65_536;
/** Leader epoch of a client that does not track it. */
const NO_EPOCH = -1;
/** Bit 5 of a batch's attributes: the batch marks the end of a transaction and contains no records. */
const CONTROL = 0x20;

/**
 * Returns a function that reads records; it returns undefined outside the partition's range. It processes one call at a
 * time, because the brokers support one fetch session per connection.
 */
export function kafkaReader(consumer: Consumer) {
  const readAll = async (topic: string, from: Position, limit: number): Promise<LogRecord[] | undefined> => {
    const found: LogRecord[] = [];
    for (let at = from; found.length < limit; ) {
      const bytes = Math.max(MIN_FETCH_BYTES, (limit - found.length) * EXPECTED_RECORD_BYTES);
      const batches = await fetched(consumer, topic, at, bytes);
      if (!batches) return undefined;
      const last = batches.at(-1);
      if (!last) break;
      found.push(...recordsOf(batches, at));
      at = { ...at, offset: Number(last.firstOffset) + last.lastOffsetDelta + 1 };
    }
    return found.slice(0, limit);
  };

  let last: Promise<unknown> = Promise.resolve();
  return (...request: Parameters<typeof readAll>): ReturnType<typeof readAll> => {
    const result = last.then(() => readAll(...request));
    last = result.catch(() => {});
    return result;
  };
}

/** Returns the batches of one fetch, or undefined outside the partition's range. */
async function fetched(
  consumer: Consumer,
  topic: string,
  { partition, offset }: Position,
  partitionMaxBytes: number,
): Promise<readonly RecordsBatch[] | undefined> {
  const { id, partitions } = await topicOf(consumer, topic);
  const node = partitions[partition]?.leader;
  if (node === undefined) return undefined;
  const at = { partition, fetchOffset: BigInt(offset), partitionMaxBytes };
  const topics = [{ topicId: id, partitions: [{ ...at, currentLeaderEpoch: NO_EPOCH, lastFetchedEpoch: NO_EPOCH }] }];
  try {
    const { responses } = await consumer.fetch({ node, topics, minBytes: 0, maxWaitTime: 0 });
    const found = responses.flatMap((one) => one.partitions);
    return found.find(({ partitionIndex }) => partitionIndex === partition)?.records ?? [];
  } catch (error) {
    if (findErrorBy(error as Error, 'apiId', 'OFFSET_OUT_OF_RANGE')) return undefined;
    throw error;
  }
}

/**
 * Yields the records from an offset on. Brokers return complete batches, which may begin before the requested offset.
 */
function* recordsOf(batches: readonly RecordsBatch[], from: Position): Generator<LogRecord> {
  const text = (bytes: Buffer | null) => bytes?.toString('utf8') ?? '';
  for (const { firstOffset, firstTimestamp, attributes, records } of batches) {
    if (attributes & CONTROL) continue;
    for (const { offsetDelta, timestampDelta, key, value, headers } of records) {
      const offset = Number(firstOffset) + offsetDelta;
      if (offset < from.offset) continue;
      yield {
        partition: from.partition,
        offset,
        key: text(key),
        value: text(value),
        timestamp: Number(firstTimestamp + timestampDelta),
        headers: Object.fromEntries(headers.map(([name, content]) => [text(name), text(content)])),
      };
    }
  }
}
