import type { MSKEvent } from 'aws-lambda';
import { type LogRecord, REDACTED } from '#ports/event-log.ts';

/** Records of one topic partition, in offset order. */
export interface PartitionBatch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly LogRecord[];
}

const decode = (base64: string | undefined | null): string =>
  base64 ? Buffer.from(base64, 'base64').toString('utf8') : '';

/**
 * Returns the records of an MSK event without redacted ones. Keys and values arrive in base64, headers as arrays of
 * bytes.
 */
export function batchesOf(event: MSKEvent): PartitionBatch[] {
  return Object.values(event.records).flatMap((records) => {
    const [first] = records;
    if (!first) return [];
    return {
      topic: first.topic,
      partition: first.partition,
      records: records.map(recordOf).filter(({ value }) => value !== REDACTED),
    };
  });
}

const recordOf = (record: MSKEvent['records'][string][number]): LogRecord => ({
  partition: record.partition,
  offset: record.offset,
  timestamp: record.timestamp,
  key: decode(record.key),
  value: decode(record.value),
  headers: headersOf(record.headers),
});

const headersOf = (headers: MSKEvent['records'][string][number]['headers']): Record<string, string> =>
  Object.fromEntries(
    (headers ?? []).flatMap((header) =>
      Object.entries(header).map(([name, bytes]) => [name, Buffer.from(bytes).toString('utf8')]),
    ),
  );
