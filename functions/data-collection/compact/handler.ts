import middy from '@middy/core';
import { type ObservedContext, observed } from '#adapters/lambda/record-handler-metrics-and-correlation-id.ts';
import type { Now } from '#domain/core/time.ts';
import { EVENTS, EXPOSURES } from '#domain/events/event-log-topics.ts';
import { lakeFileOf, lakeKey, manifestKey } from '#domain/events/lake-file-keys.ts';
import { liveFiles } from '#domain/events/live-files.ts';
import type { EventLog } from '#ports/event-log.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import type { Telemetry } from '#ports/telemetry.ts';
import { ARCHIVER } from '../await-archive/handler.ts';
import { manifestOf, readManifest } from '../lake/read-manifest-and-lake-files.ts';
import { mergeFiles } from './merge-files.ts';
import { planOf } from './plan-of.ts';

export interface CompactPorts {
  readonly eventLog: Pick<EventLog, 'committed'>;
  readonly lake: Pick<ObjectStore, 'list' | 'get' | 'put' | 'delete' | 'open'>;
  readonly now: Now;
  readonly telemetry: Telemetry;
}

export interface Compaction {
  readonly topic: string;
  /** Number of live files before and after. */
  readonly before: number;
  readonly after: number;
  /** Number of files that were merged into others. */
  readonly merged: number;
  readonly deleted: number;
  /** Number of merges that are left for the next run. */
  readonly left: number;
}

/** Maximum number of merges per run, so that a run fits into one invocation. */
const MAX_MERGES = 200;

/**
 * Merges small files of past hours and days into one per partition. A run writes the merged files first, then the
 * manifest that lists them. A **later** run deletes the files that they replaced, because readers that listed the lake
 * before may still read the replaced files. If a run is interrupted, or overlaps another, readers see the same records
 * (layers/domain/events/live-files.ts).
 */
export const compact = (ports: CompactPorts) =>
  middy()
    .use(observed<unknown, readonly Compaction[]>(ports.telemetry, 'compact'))
    .handler(async (_: unknown, { invocation }: ObservedContext): Promise<readonly Compaction[]> => {
      const done: Compaction[] = [];
      for (const topic of [EVENTS, EXPOSURES]) {
        const compaction = await compactTopic(topic, ports);
        invocation.count('FilesMerged', compaction.merged);
        invocation.count('FilesDeleted', compaction.deleted);
        done.push(compaction);
      }
      return done;
    });

async function compactTopic(topic: string, { eventLog, lake, now }: CompactPorts): Promise<Compaction> {
  // The offsets are read before the lake is listed, so that the list contains all files up to them.
  const archived = await eventLog.committed(ARCHIVER, topic);
  const listed = await lake.list(`lake/${topic}/`);
  const before = liveOf(listed).length;
  const manifest = await readManifest(lake, topic);
  const { merges, deletions } = planOf(listed, manifest, archived, now());
  const batch = merges.slice(0, MAX_MERGES);
  for (const { parts, into } of batch) await lake.put(lakeKey(into), await mergeFiles(lake, parts));
  for (const key of deletions) await lake.delete(key);
  const live = liveOf(await lake.list(`lake/${topic}/`));
  const proof = await manifestOf(lake, topic, live, manifest, now());
  await lake.put(manifestKey(topic), new TextEncoder().encode(JSON.stringify(proof)));
  return {
    topic,
    before,
    after: live.length,
    merged: batch.reduce((sum, { parts }) => sum + parts.length, 0),
    deleted: deletions.length,
    left: merges.length - batch.length,
  };
}

/** Returns the live objects. Readers ignore all others. */
export function liveOf(listed: Awaited<ReturnType<ObjectStore['list']>>) {
  const live = new Set(liveFiles(listed.map(({ key }) => lakeFileOf(key)).filter((file) => !!file)).map(lakeKey));
  return listed.filter(({ key }) => live.has(key));
}
