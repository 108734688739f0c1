import middy from '@middy/core';
import { observed } from '#adapters/lambda/record-handler-metrics-and-correlation-id.ts';
import { EVENTS, EXPOSURES } from '#domain/events/event-log-topics.ts';
import type { EventLog } from '#ports/event-log.ts';
import type { Telemetry } from '#ports/telemetry.ts';

/** Consumer group of the archiver. */
export const ARCHIVER = 'archiver';

/** Offsets that the archiver must reach: the ends of the topics when the run started. `topic/partition` → offset. */
type Target = Readonly<Record<string, number>>;

export interface ArchiveProgress {
  readonly caughtUp: boolean;
  /** Number of records that are not archived yet. */
  readonly lag: number;
  readonly until: Target;
}

interface ArchiveInput {
  readonly archive?: ArchiveProgress;
}

/**
 * Handles the state Archive, which the state machine polls: reports whether the lake contains all records that the log
 * had when the run started.
 */
export const awaitArchive = ({ eventLog, telemetry }: { readonly eventLog: EventLog; readonly telemetry: Telemetry }) =>
  middy()
    .use(observed<ArchiveInput, ArchiveProgress>(telemetry, 'await-archive'))
    .handler(async (input: ArchiveInput): Promise<ArchiveProgress> => {
      const until = input.archive?.until ?? (await topicEnds(eventLog));
      const lag = await lagBehind(eventLog, until);
      return { caughtUp: lag === 0, lag, until };
    });

async function topicEnds(eventLog: EventLog): Promise<Target> {
  const ends: [string, number][] = [];
  for (const topic of [EVENTS, EXPOSURES]) {
    for (const { partition, next } of await eventLog.partitions(topic)) ends.push([`${topic}/${partition}`, next]);
  }
  return Object.fromEntries(ends);
}

async function lagBehind(eventLog: EventLog, until: Target): Promise<number> {
  let lag = 0;
  for (const topic of [EVENTS, EXPOSURES]) {
    const committed = await eventLog.committed(ARCHIVER, topic);
    for (const { partition, first } of await eventLog.partitions(topic)) {
      const next = until[`${topic}/${partition}`] ?? first;
      // The archiver skips records that retention has deleted.
      const start = Math.max(committed.get(partition) ?? first, first);
      lag += Math.max(0, next - start);
    }
  }
  return lag;
}
