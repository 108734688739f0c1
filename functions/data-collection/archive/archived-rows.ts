import type { PartitionBatch } from '#adapters/lambda/kafka-batch.ts';
import { hourOf } from '#domain/core/time.ts';
import { CORRELATION_HEADER } from '#domain/events/api-contract.ts';
import { upcast } from '#domain/events/event-versions.ts';
import type { StoredEvent } from '#domain/events/events.ts';
import type { Exposure } from '#domain/events/exposures.ts';
import type { LogRecord } from '#ports/event-log.ts';

/** A record as a row of the lake. */
export interface ArchivedRow {
  readonly hour: number;
  readonly offset: number;
  readonly row: Readonly<Record<string, unknown>>;
}

/** The records up to the first that cannot be read: order within a partition is kept by stopping there. */
export function readable({ records }: Pick<PartitionBatch, 'records'>): { rows: ArchivedRow[]; failedAt?: number } {
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

function parse({ value }: LogRecord): StoredEvent | Exposure | undefined {
  try {
    const parsed = JSON.parse(value) as unknown;
    const isRecord = typeof parsed === 'object' && parsed !== null && 'eventId' in parsed && 'ingestedAt' in parsed;
    return isRecord ? (parsed as StoredEvent | Exposure) : undefined;
  } catch {
    return undefined;
  }
}
