import middy from '@middy/core';
import type { MSKEvent } from 'aws-lambda';
import { appendDeadLetters, countDeadLetters } from '#adapters/lambda/append-poison-records-to-dead-letter-topic.ts';
import { batchesOf, type PartitionBatch } from '#adapters/lambda/decode-kafka-event.ts';
import { type ObservedContext, observed } from '#adapters/lambda/record-handler-metrics-and-correlation-id.ts';
import { dayAndHour, lakeKey } from '#domain/events/lake-file-keys.ts';
import { sortRecords } from '#domain/events/stored-records/separate-poison-records.ts';
import type { EventLog } from '#ports/event-log.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import type { Telemetry } from '#ports/telemetry.ts';
import { ARCHIVER } from '../await-archive/handler.ts';
import { COLUMNS } from './lake-columns.ts';
import { type ArchivedRow, archivedRow } from './log-record-to-lake-row.ts';
import { recordSkipped } from './record-skipped.ts';
import { parquetOf } from './rows-to-parquet.ts';

/**
 * Number of files that are written concurrently. Each write mostly waits for the disk, and a replayed batch can span
 * hundreds of hours.
 */
const CONCURRENT_FILES = 4;

interface ArchivePorts {
  readonly lake: Pick<ObjectStore, 'put'>;
  readonly eventLog: Pick<EventLog, 'append'>;
  readonly telemetry: Telemetry;
}

/**
 * Copies the log into the lake: one Parquet file per topic partition, ingest hour and batch, named by its offsets. A
 * repeated batch has no effect: the same records produce the same file, and readers deduplicate by `eventId`.
 *
 * Records that are not events become dead letters before the batch is acknowledged. Any other error, for instance of a
 * full disk, fails the batch, and the event source retries it.
 */
export const archive = ({ lake, eventLog, telemetry }: ArchivePorts) =>
  middy()
    .use(observed<MSKEvent, void>(telemetry, 'archive'))
    .handler(async (event: MSKEvent, { invocation }: ObservedContext): Promise<void> => {
      let skipped = 0;
      for (const batch of batchesOf(event)) {
        const { rows, poison } = sortRecords(batch.records, archivedRow);
        const groups = [...Map.groupBy(rows, ({ hour }) => hour).values()];
        for (let done = 0; done < groups.length; done += CONCURRENT_FILES) {
          await Promise.all(groups.slice(done, done + CONCURRENT_FILES).map((group) => write(lake, batch, group)));
        }
        await appendDeadLetters(eventLog, ARCHIVER, batch, poison);
        for (const each of poison) await recordSkipped(lake, batch.topic, each);
        invocation.count('Archived', rows.length);
        skipped += poison.length;
      }
      countDeadLetters(invocation, skipped);
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
