import { BrickError } from '#domain/errors.ts';
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
