import middy from '@middy/core';
import { type ObservedContext, observed } from '#adapters/lambda/observe-handler.ts';
import type { Now } from '#domain/core/time.ts';
import { lakeFileOf, lakeKey, manifestKey } from '#domain/events/lake-files.ts';
import { liveFiles } from '#domain/events/live-files.ts';
import { EVENTS, EXPOSURES } from '#domain/events/topics.ts';
import type { EventLog } from '#ports/event-log.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import type { Telemetry } from '#ports/telemetry.ts';
import { ARCHIVER } from '../await-archive/handler.ts';
import { manifestOf, readManifest } from '../lake/lake-manifest.ts';
import { planOf } from './compaction-plan.ts';
import { merged } from './merge-files.ts';

export interface CompactPorts {
  readonly eventLog: Pick<EventLog, 'committed'>;
  readonly lake: Pick<ObjectStore, 'list' | 'get' | 'put' | 'delete' | 'open'>;
  readonly now: Now;
  readonly telemetry: Telemetry;
}

export interface Compaction {
  readonly topic: string;
  /** Live files before and after. */
  readonly before: number;
  readonly after: number;
  readonly merged: number;
  readonly deleted: number;
  /** Merges that are left to the next run. */
  readonly left: number;
}

/** What fits into one invocation. */
const MERGES_AT_ONCE = 200;

/**
 * Small files of hours and days that are over → one per partition. The merged files are written first, then the manifest
 * that proves them, and what they took the place of is deleted by a **later** run: who listed the lake before has read it by
 * then. A run that is cut off anywhere, or meets another one, leaves a lake that reads the same (layers/domain/events/lake-files.ts).
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
  // Before the list: what was archived by then is in it.
  const archived = await eventLog.committed(ARCHIVER, topic);
  const listed = await lake.list(`lake/${topic}/`);
  const before = liveOf(listed).length;
  const manifest = await readManifest(lake, topic);
  const { merges, deletions } = planOf(listed, manifest, archived, now());
  const today = merges.slice(0, MERGES_AT_ONCE);
  for (const { parts, into } of today) await lake.put(lakeKey(into), await merged(lake, parts));
  for (const key of deletions) await lake.delete(key);
  const live = liveOf(await lake.list(`lake/${topic}/`));
  const proof = await manifestOf(lake, topic, live, manifest, now());
  await lake.put(manifestKey(topic), new TextEncoder().encode(JSON.stringify(proof)));
  return {
    topic,
    before,
    after: live.length,
    merged: today.reduce((sum, { parts }) => sum + parts.length, 0),
    deleted: deletions.length,
    left: merges.length - today.length,
  };
}

/** The objects that readers read. */
export function liveOf(listed: Awaited<ReturnType<ObjectStore['list']>>) {
  const live = new Set(liveFiles(listed.map(({ key }) => lakeFileOf(key)).filter((file) => !!file)).map(lakeKey));
  return listed.filter(({ key }) => live.has(key));
}
