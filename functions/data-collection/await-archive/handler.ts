import middy from '@middy/core';
import { observed } from '#adapters/lambda/observe-handler.ts';
import { EVENTS, EXPOSURES } from '#domain/events/topics.ts';
import type { EventLog } from '#ports/event-log.ts';
import type { Telemetry } from '#ports/telemetry.ts';

export const ARCHIVER = 'archiver';

/** How far the archiver must be: the ends of the topics when the run began. `topic/partition` → offset. */
type Target = Readonly<Record<string, number>>;

export interface ArchiveProgress {
  readonly caughtUp: boolean;
  /** Records still to be archived. */
  readonly lag: number;
  readonly until: Target;
}

interface ArchiveInput {
  readonly archive?: ArchiveProgress;
}

/** State Archive: whether all that was in the log when the run began is in the lake. The state machine asks again. */
export const awaitArchive = ({ eventLog, telemetry }: { readonly eventLog: EventLog; readonly telemetry: Telemetry }) =>
  middy()
    .use(observed<ArchiveInput, ArchiveProgress>(telemetry, 'await-archive'))
    .handler(async (input: ArchiveInput): Promise<ArchiveProgress> => {
      const until = input.archive?.until ?? (await ends(eventLog));
      const lag = await lagBehind(eventLog, until);
      return { caughtUp: lag === 0, lag, until };
    });

async function ends(eventLog: EventLog): Promise<Target> {
  const found: [string, number][] = [];
  for (const topic of [EVENTS, EXPOSURES]) {
    for (const { partition, next } of await eventLog.partitions(topic)) found.push([`${topic}/${partition}`, next]);
  }
  return Object.fromEntries(found);
}

async function lagBehind(eventLog: EventLog, until: Target): Promise<number> {
  let lag = 0;
  for (const topic of [EVENTS, EXPOSURES]) {
    const done = await eventLog.committed(ARCHIVER, topic);
    for (const [id, next] of Object.entries(until)) {
      if (!id.startsWith(`${topic}/`)) continue;
      lag += Math.max(0, next - (done.get(Number(id.slice(topic.length + 1))) ?? 0));
    }
  }
  return lag;
}
