import { BrickError } from '#domain/core/errors.ts';
import type { PartitionRange, Position } from '#ports/event-log.ts';

export class OffsetOutOfRange extends BrickError {
  override readonly code = 'BRICK_OFFSET_OUT_OF_RANGE';
  constructor(topic: string, at: Position, kept: Pick<PartitionRange, 'first' | 'next'>) {
    super({
      what: `offset ${at.offset} is outside ${topic}/${at.partition}`,
      why: `the log keeps ${kept.first} up to, not including, ${kept.next}`,
      fix: `Read from ${kept.first}, or raise the topic's retention`,
    });
  }
}

/** The append may have been kept in part: send it again, and let readers deduplicate. */
export class EventLogUnavailable extends BrickError {
  override readonly code = 'BRICK_EVENT_LOG_UNAVAILABLE';
  override readonly retryable = true;
  constructor(cause: unknown) {
    super(
      {
        what: 'the event log did not do what was asked',
        why: (cause as Error).message,
        fix: 'Try again; if it stays, look at the brokers, the network and the rights on topic and group',
      },
      { cause },
    );
  }
}

export class TopicMissing extends BrickError {
  override readonly code = 'BRICK_TOPIC_MISSING';
  constructor(topic: string) {
    super({
      what: `there is no topic ${topic}`,
      why: 'the brokers do not know it, or do not show it to this client',
      fix: 'Create it (on AWS the Foundation stack does), and allow DescribeTopic on it',
    });
  }
}

export class RecordTooLarge extends BrickError {
  override readonly code = 'BRICK_RECORD_TOO_LARGE';
  constructor(topic: string, bytes: number, allowed: number) {
    super({
      what: `a record of ${bytes} bytes for ${topic}`,
      why: `the log takes at most ${allowed} bytes`,
      fix: 'Send less, or put the content into the object store and its key into the record',
    });
  }
}
