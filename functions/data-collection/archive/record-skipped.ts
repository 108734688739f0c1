import { skippedKey } from '#domain/events/lake-file-keys.ts';
import type { Poison } from '#domain/events/stored-records/separate-poison-records.ts';
import type { LogRecord } from '#ports/event-log.ts';
import type { ObjectStore } from '#ports/object-store.ts';

/** Records that a record is missing from the lake on purpose, so that `lake verify` expects it. */
export async function recordSkipped(
  lake: Pick<ObjectStore, 'put'>,
  topic: string,
  { record, reason }: Poison<LogRecord>,
): Promise<void> {
  const { partition, offset, timestamp } = record;
  const skipped = { topic, partition, offset, ingestedAt: timestamp, reason };
  await lake.put(skippedKey(topic, record), new TextEncoder().encode(JSON.stringify(skipped)));
}
