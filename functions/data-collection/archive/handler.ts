import middy from '@middy/core';
import type { MSKEvent } from 'aws-lambda';
import { type BatchResult, batchesOf, failedFrom, type PartitionBatch } from '#adapters/lambda/kafka-batch.ts';
import { type ObservedContext, observed } from '#adapters/lambda/observe-handler.ts';
import { dayAndHour, lakeKey } from '#domain/events/lake-files.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import type { Telemetry } from '#ports/telemetry.ts';
import { type ArchivedRow, readable } from './archived-rows.ts';
import { COLUMNS } from './lake-columns.ts';
import { parquetOf } from './parquet-file.ts';

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

const keyOf = ({ topic, partition }: PartitionBatch, rows: readonly ArchivedRow[]): string =>
  lakeKey({
    topic,
    partition,
    ...dayAndHour(rows[0]?.hour ?? 0),
    first: rows[0]?.offset ?? 0,
    last: rows.at(-1)?.offset ?? 0,
  });
