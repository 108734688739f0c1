import { hourOf } from '#domain/core/time.ts';
import { CORRELATION_HEADER } from '#domain/events/collect-and-recommend-contract.ts';
import { readStoredRecord } from '#domain/events/stored-records/parse-and-validate-record.ts';
import { upcast } from '#domain/events/stored-records/upcast-to-latest-version.ts';
import type { LogRecord } from '#ports/event-log.ts';

/** A row of the lake. */
export interface ArchivedRow {
  /** Start of the UTC hour of ingest, epoch ms. */
  readonly hour: number;
  readonly offset: number;
  /** Column → value. */
  readonly row: Readonly<Record<string, unknown>>;
}

/** Returns the row of a record. @throws PoisonRecord */
export function archivedRow({ value, timestamp, partition, offset, headers }: LogRecord): ArchivedRow {
  const stored = readStoredRecord(value);
  const row = {
    ...(stored.type === 'exposure' ? stored : upcast(stored)),
    partition,
    offset,
    correlationId: headers[CORRELATION_HEADER] ?? null,
  };
  return { hour: hourOf(timestamp), offset, row };
}
