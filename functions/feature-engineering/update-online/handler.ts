import middy from '@middy/core';
import type { MSKEvent } from 'aws-lambda';
import { type BatchResult, batchesOf, failedFrom, type PartitionBatch } from '#adapters/lambda/kafka-batch.ts';
import { type ObservedContext, observed } from '#adapters/lambda/observe-handler.ts';
import type { StoredEvent } from '#domain/events/events.ts';
import type { Table } from '#ports/table.ts';
import type { Telemetry } from '#ports/telemetry.ts';
import { applyEvents, type OffsetEvent } from './apply-events.ts';

/** Consumes the topic events.v1 and updates the online table, with bulk reads and writes per batch and partition. */
export const updateOnline = ({ features, telemetry }: { readonly features: Table; readonly telemetry: Telemetry }) =>
  middy()
    .use(observed<MSKEvent, BatchResult>(telemetry, 'update-online'))
    .handler(async (event: MSKEvent, { invocation }: ObservedContext): Promise<BatchResult> => {
      const failures: BatchResult['batchItemFailures'][number][] = [];
      for (const batch of batchesOf(event)) {
        const { events, failedAt } = readable(batch);
        await applyEvents(events, batch.partition, features);
        invocation.count('Applied', events.length);
        if (failedAt !== undefined) failures.push(failedFrom(batch, failedAt));
      }
      return { batchItemFailures: failures };
    });

function readable({ records }: PartitionBatch): { events: OffsetEvent[]; failedAt?: number } {
  const events: OffsetEvent[] = [];
  for (const { value, offset } of records) {
    try {
      events.push({ offset, event: JSON.parse(value) as StoredEvent });
    } catch {
      return { events, failedAt: offset };
    }
  }
  return { events };
}
