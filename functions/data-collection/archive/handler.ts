import middy from '@middy/core';
import type { MSKEvent } from 'aws-lambda';
import { type BatchResult, batchesOf, failedFrom, type PartitionBatch } from '#adapters/lambda/kafka-batch.ts';
import { type ObservedContext, observed } from '#adapters/lambda/observed.ts';
import { upcast } from '#domain/event-versions.ts';
import type { StoredEvent } from '#domain/events.ts';
import type { Exposure } from '#domain/exposures.ts';
import { CORRELATION_HEADER } from '#domain/http.ts';
import { hourOf } from '#domain/time.ts';
import type { LogRecord } from '#ports/event-log.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import type { Telemetry } from '#ports/telemetry.ts';
import { COLUMNS } from './columns.ts';
import { parquetOf } from './parquet.ts';

/** Files in the making: each waits for the disk longer than it computes. A replay's batch can span hundreds of hours. */
const AT_ONCE = 4;

interface ArchivePorts {
  readonly lake: Pick<ObjectStore, 'put'>;
  readonly telemetry: Telemetry;
}

/**
 * Log → lake: one Parquet file per topic partition, ingest hour and batch, named by its offsets. The same records give the
 * same file, and readers deduplicate by `eventId`, so that a repeated batch has no effect.
 */
export const archive = ({ lake, telemetry }: ArchivePorts) =>
  middy()
    .use(observed<MSKEvent, BatchResult>(telemetry, 'archive'))
    .handler(async (event: MSKEvent, { invocation }: ObservedContext): Promise<BatchResult> => {
      const failures: BatchResult['batchItemFailures'][number][] = [];
      for (const batch of batchesOf(event)) {
        const { rows, failedAt } = readable(batch);
        const groups = [...Map.groupBy(rows, ({ hour }) => hour).values()];
        for (let done = 0; done < groups.length; done += AT_ONCE) {
          await Promise.all(groups.slice(done, done + AT_ONCE).map((group) => write(lake, batch, group)));
        }
        invocation.count('Archived', rows.length);
        if (failedAt !== undefined) failures.push(failedFrom(batch, failedAt));
      }
      return { batchItemFailures: failures };
    });

async function write(lake: ArchivePorts['lake'], batch: PartitionBatch, group: readonly ArchivedRow[]): Promise<void> {
  const rows = group.map(({ row }) => row);
  await lake.put(keyOf(batch, group), await parquetOf(rows, COLUMNS[batch.topic] ?? {}));
}

interface ArchivedRow {
  readonly hour: number;
  readonly offset: number;
  readonly row: Readonly<Record<string, unknown>>;
}

/** The records up to the first that cannot be read: order within a partition is kept by stopping there. */
function readable({ records }: PartitionBatch): { rows: ArchivedRow[]; failedAt?: number } {
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

function keyOf({ topic, partition }: PartitionBatch, rows: readonly ArchivedRow[]): string {
  const [date, time] = new Date(rows[0]?.hour ?? 0).toISOString().split('T');
  const offsets = `${rows[0]?.offset}-${rows[rows.length - 1]?.offset}`;
  return `lake/${topic}/date=${date}/hour=${time?.slice(0, 2)}/${topic}-${partition}-${offsets}.parquet`;
}
