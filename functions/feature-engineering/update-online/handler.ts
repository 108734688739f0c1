import middy from '@middy/core';
import type { MSKEvent } from 'aws-lambda';
import { appendDeadLetters, countDeadLetters } from '#adapters/lambda/append-poison-records-to-dead-letter-topic.ts';
import { batchesOf } from '#adapters/lambda/decode-kafka-event.ts';
import { type ObservedContext, observed } from '#adapters/lambda/record-handler-metrics-and-correlation-id.ts';
import type { StoredEvent } from '#domain/events/client-and-stored-events.ts';
import { PoisonRecord, readStoredRecord } from '#domain/events/stored-records/parse-and-validate-record.ts';
import { sortRecords } from '#domain/events/stored-records/separate-poison-records.ts';
import type { EventLog, LogRecord } from '#ports/event-log.ts';
import type { Table } from '#ports/table.ts';
import type { Telemetry } from '#ports/telemetry.ts';
import { applyEvents, type OffsetEvent } from './apply-events.ts';

/** Consumer group of the online features. */
const ONLINE_FEATURES = 'online-features';

interface OnlinePorts {
  readonly features: Table;
  readonly eventLog: Pick<EventLog, 'append'>;
  readonly telemetry: Telemetry;
}

/**
 * Consumes the topic events.v1 and updates the online table, with bulk reads and writes per batch and partition. Records
 * that are not events become dead letters before the batch is acknowledged. Any other error fails the batch, and the
 * event source retries it.
 */
export const updateOnline = ({ features, eventLog, telemetry }: OnlinePorts) =>
  middy()
    .use(observed<MSKEvent, void>(telemetry, 'update-online'))
    .handler(async (event: MSKEvent, { invocation }: ObservedContext): Promise<void> => {
      let skipped = 0;
      for (const batch of batchesOf(event)) {
        const { rows, poison } = sortRecords(batch.records, eventOf);
        await applyEvents(rows, batch.partition, features);
        await appendDeadLetters(eventLog, ONLINE_FEATURES, batch, poison);
        invocation.count('Applied', rows.length);
        skipped += poison.length;
      }
      countDeadLetters(invocation, skipped);
    });

/** Returns the event of a record. @throws PoisonRecord */
function eventOf({ value, offset }: LogRecord): OffsetEvent {
  const stored = readStoredRecord(value);
  if (stored.type === 'exposure') throw new PoisonRecord('the value is an exposure, and the topic contains events');
  return { offset, event: stored as StoredEvent };
}
