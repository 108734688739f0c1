import { appendDeadLetters } from '#adapters/lambda/append-poison-records-to-dead-letter-topic.ts';
import { BrickError } from '#domain/core/brick-error.ts';
import type { EventLog, Position } from '#ports/event-log.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import { recordSkipped } from '../archive/record-skipped.ts';
import { ARCHIVER } from '../await-archive/handler.ts';

interface SkipPorts {
  readonly eventLog: Pick<EventLog, 'read' | 'committed' | 'commit' | 'append' | 'partitions'>;
  readonly lake: Pick<ObjectStore, 'put'>;
  /** The consumer groups that read the topic. */
  readonly groups: readonly string[];
}

export class NothingToSkip extends BrickError {
  override readonly code = 'BRICK_NOTHING_TO_SKIP';
  constructor(topic: string, { partition, offset }: Position, positions: readonly string[]) {
    super({
      what: `no consumer waits at offset ${offset} of partition ${partition} of ${topic}`,
      why: positions.length > 0 ? `in this partition, ${positions.join(' and ')}` : `${topic} has no such partition`,
      fix: 'Skip the offset at which a consumer waits; `agentbricks status` shows it',
    });
  }
}

/** Reason of a dead letter that an operator's command wrote. */
export const SKIPPED = 'an operator skipped the record';

/**
 * Moves consumers past a record at which they wait: appends the record to the dead letters, then commits the next offset.
 *
 * @returns the consumer groups that were moved
 * @throws NothingToSkip
 */
export async function skipRecord(
  topic: string,
  at: Position,
  { eventLog, lake, groups }: SkipPorts,
): Promise<string[]> {
  const { partition, offset } = at;
  const range = (await eventLog.partitions(topic)).find((one) => one.partition === partition);
  const moved: string[] = [];
  const positions: string[] = [];
  for (const group of range ? groups : []) {
    const waitsAt = Math.max((await eventLog.committed(group, topic)).get(partition) ?? 0, range?.first ?? 0);
    positions.push(`${group} waits at offset ${waitsAt}`);
    if (waitsAt !== offset || offset >= (range?.next ?? 0)) continue;
    const [record] = await eventLog.read(topic, at, 1);
    if (!record) continue;
    await appendDeadLetters(eventLog, group, { topic, partition }, [{ record, reason: SKIPPED }]);
    if (group === ARCHIVER) await recordSkipped(lake, topic, { record, reason: SKIPPED });
    await eventLog.commit(group, topic, { partition, offset: offset + 1 });
    moved.push(group);
  }
  if (moved.length === 0) throw new NothingToSkip(topic, at, positions);
  return moved;
}
