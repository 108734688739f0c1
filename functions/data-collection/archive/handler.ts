import middy from '@middy/core';
import type { MSKEvent } from 'aws-lambda';
import { type BatchResult, batchesOf, failedFrom, type PartitionBatch } from '#adapters/lambda/kafka-batch.ts';
import { type ObservedContext, observed } from '#adapters/lambda/observe-handler.ts';
import { dayAndHour, lakeKey } from '#domain/events/lake-files.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import type { Telemetry } from '#ports/telemetry.ts';
import { type ArchivedRow, archivedRows } from './archived-rows.ts';
import { COLUMNS } from './lake-columns.ts';
import { parquetOf } from './parquet-file.ts';

/**
 * Number of files that are written concurrently. Each write mostly waits for the disk, and a replayed batch can span
 * hundreds of hours.
 */
const CONCURRENT_FILES = 4;

interface ArchivePorts {
  readonly lake: Pick<ObjectStore, 'put'>;
  readonly telemetry: Telemetry;
}

/**
 * Copies the log into the lake: one Parquet file per topic partition, ingest hour and batch, named by its offsets. A
 * repeated batch has no effect: the same records produce the same file, and readers deduplicate by `eventId`.
 */
export const archive = ({ lake, telemetry }: ArchivePorts) =>
  middy()
    .use(observed<MSKEvent, BatchResult>(telemetry, 'archive'))
    .handler(async (event: MSKEvent, { invocation }: ObservedContext): Promise<BatchResult> => {
      const failures: BatchResult['batchItemFailures'][number][] = [];
      for (const batch of batchesOf(event)) {
        const { rows, failedAt } = archivedRows(batch);
        const groups = [...Map.groupBy(rows, ({ hour }) => hour).values()];
        for (let done = 0; done < groups.length; done += CONCURRENT_FILES) {
          await Promise.all(groups.slice(done, done + CONCURRENT_FILES).map((group) => write(lake, batch, group)));
        }
        invocation.count('Archived', rows.length);
        if (failedAt !== undefined) failures.push(failedFrom(batch, failedAt));
      }
      return { batchItemFailures: failures };
    });

async function write(lake: ArchivePorts['lake'], batch: PartitionBatch, group: readonly ArchivedRow[]): Promise<void> {
  const rows = group.map(({ row }) => row);
  await lake.put(fileKey(batch, group), await parquetOf(rows, COLUMNS[batch.topic] ?? {}));
}

const fileKey = ({ topic, partition }: PartitionBatch, rows: readonly ArchivedRow[]): string =>
  lakeKey({
    topic,
    partition,
    ...dayAndHour(rows[0]?.hour ?? 0),
    first: rows[0]?.offset ?? 0,
    last: rows.at(-1)?.offset ?? 0,
  });
