import { type Consumer, findErrorBy, type RecordsBatch } from '@platformatic/kafka';
import type { LogRecord, Position } from '#ports/event-log.ts';
import { topicOf } from './kafka-metadata.ts';

/** What a read asks for; a record of ours has some 200 bytes, and a little too much is not read twice. */
const EXPECTED_RECORD_BYTES = 512;
const MIN_FETCH_BYTES = 65_536;
const NO_EPOCH = -1;
/** Marks a transaction's end, which is not a record (bit 5 of a batch's attributes). */
const CONTROL = 0x20;

/** Reads in turn: the brokers keep one fetch session per connection. Undefined outside the kept range. */
export function reader(consumer: Consumer) {
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
  return (...asked: Parameters<typeof readAll>): ReturnType<typeof readAll> => {
    const mine = last.then(() => readAll(...asked));
    last = mine.catch(() => {});
    return mine;
  };
}

/** What one request brings; undefined outside the kept range. */
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

/** Whole batches arrive, from before the offset that was asked for. */
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
