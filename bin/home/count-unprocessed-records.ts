import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { embeddedEventLog } from '#adapters/event-log/embedded.ts';
import type { EventLog } from '#ports/event-log.ts';
import { triggers } from '../../functions/triggers.ts';

/** How far a consumer is behind the event log. */
export interface ConsumerLag {
  readonly consumer: string;
  readonly topic: string;
  /** Number of records that the consumer has not processed yet. */
  readonly records: number;
}

/** Returns the lag of every consumer of a world's log. Another process may run the world. */
export async function lagsIn(worldFolder: string): Promise<ConsumerLag[]> {
  const path = join(worldFolder, 'log.sqlite');
  if (!existsSync(path)) return [];
  await using eventLog = embeddedEventLog({ path });
  const consumers = Object.values(triggers).flatMap(({ on }) => (on.kind === 'topic' ? [on] : []));
  const lags: ConsumerLag[] = [];
  for (const { group, topics } of consumers) {
    for (const topic of topics) {
      lags.push({ consumer: group, topic, records: await lagOf(eventLog, group, topic) });
    }
  }
  return lags;
}

async function lagOf(eventLog: EventLog, group: string, topic: string): Promise<number> {
  const committed = await eventLog.committed(group, topic);
  const partitions = await eventLog.partitions(topic);
  // Consumers skip records that retention has deleted.
  const startOf = (partition: number, first: number) => Math.max(committed.get(partition) ?? first, first);
  return partitions.reduce((sum, { partition, first, next }) => sum + next - startOf(partition, first), 0);
}
