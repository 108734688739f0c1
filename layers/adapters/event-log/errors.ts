import { BrickError } from '#domain/core/brick-error.ts';
import type { PartitionRange, Position } from '#ports/event-log.ts';

export class OffsetOutOfRange extends BrickError {
  override readonly code = 'BRICK_OFFSET_OUT_OF_RANGE';
  constructor(topic: string, at: Position, { first, next }: Pick<PartitionRange, 'first' | 'next'>) {
    super({
      what: `offset ${at.offset} is outside the range of ${topic}/${at.partition}`,
      why: `the partition contains the offsets from ${first} up to, but not including, ${next}`,
      fix: `Read from offset ${first}, or increase the retention of the topic`,
    });
  }
}

/**
 * The brokers did not complete a request. Some records of an append may be stored; consumers deduplicate retried
 * appends.
 */
export class EventLogUnavailable extends BrickError {
  override readonly code = 'BRICK_EVENT_LOG_UNAVAILABLE';
  override readonly retryable = true;
  constructor(cause: unknown) {
    super(
      {
        what: 'the event log did not complete the request',
        why: (cause as Error).message,
        fix: 'Retry the request. If it fails again, check the brokers, the network, and the permissions for the topic and the consumer group',
      },
      { cause },
    );
  }
}

export class TopicMissing extends BrickError {
  override readonly code = 'BRICK_TOPIC_MISSING';
  constructor(topic: string) {
    super({
      what: `the topic ${topic} was not found`,
      why: 'it does not exist, or this client has no permission to see it',
      fix: 'Create the topic (on AWS: deploy the Foundation stack), and grant DescribeTopic on it',
    });
  }
}

export class RecordTooLarge extends BrickError {
  override readonly code = 'BRICK_RECORD_TOO_LARGE';
  constructor(topic: string, bytes: number, allowed: number) {
    super({
      what: `a record for ${topic} has ${bytes} bytes`,
      why: `the limit is ${allowed} bytes`,
      fix: 'Send a smaller record, or store the content in the object store and send its key',
    });
  }
}
