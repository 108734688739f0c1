import type { PartitionBatch } from '#adapters/lambda/kafka-batch.ts';
import { hourOf } from '#domain/core/time.ts';
import { CORRELATION_HEADER } from '#domain/events/collect-and-recommend-contract.ts';
import type { StoredEvent } from '#domain/events/events.ts';
import type { Exposure } from '#domain/events/exposures.ts';
import { upcast } from '#domain/events/upcast-to-latest-version.ts';
import type { LogRecord } from '#ports/event-log.ts';

/** A row of the lake. */
export interface ArchivedRow {
  /** Start of the UTC hour of ingest, epoch ms. */
  readonly hour: number;
  readonly offset: number;
  /** Column → value. */
  readonly row: Readonly<Record<string, unknown>>;
}

/**
 * Returns the rows of the records before the first unreadable one. Stopping there preserves the order within the
 * partition.
 *
 * @returns `failedAt`: offset of the unreadable record, if there is one
 */
export function archivedRows({ records }: Pick<PartitionBatch, 'records'>): { rows: ArchivedRow[]; failedAt?: number } {
  const rows: ArchivedRow[] = [];
  for (const record of records) {
    const value = parse(record);
    if (!value) return { rows, failedAt: record.offset };
    const { partition, offset, headers } = record;
    const row = {
      ...(value.type === 'exposure' ? value : upcast(value)),
      partition,
      offset,
      correlationId: headers[CORRELATION_HEADER] ?? null,
    };
    rows.push({ hour: hourOf(record.timestamp), offset, row });
  }
  return { rows };
}

/** Returns the event or exposure in a record, or undefined if the service did not write the value. */
function parse({ value }: LogRecord): StoredEvent | Exposure | undefined {
  try {
    const parsed = JSON.parse(value) as unknown;
    const isRecord = typeof parsed === 'object' && parsed !== null && 'eventId' in parsed && 'ingestedAt' in parsed;
    return isRecord ? (parsed as StoredEvent | Exposure) : undefined;
  } catch {
    return undefined;
  }
}
