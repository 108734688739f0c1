import { recordBatchesOf } from '#adapters/event-log/read-all-records.ts';
import { BrickError } from '#domain/core/brick-error.ts';
import { lakeFileOf, lakeKey, skippedPrefix, skippedRecordOf } from '#domain/events/lake-file-keys.ts';
import { liveFiles } from '#domain/events/live-files.ts';
import { type EventLog, REDACTED } from '#ports/event-log.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import { ARCHIVER } from '../await-archive/handler.ts';
import { rowComparison } from './compare-file-rows-with-log.ts';
import { contentOf, entryOf, type Offsets, readManifest } from './read-manifest-and-lake-files.ts';

export interface VerifyPorts {
  readonly lake: Pick<ObjectStore, 'list' | 'get' | 'open'>;
  readonly eventLog: Pick<EventLog, 'read' | 'partitions' | 'committed'>;
}

/** Result of comparing a topic's files with the manifest and the log. */
export interface Verification {
  readonly topic: string;
  /** Number of live files. */
  readonly files: number;
  /** Rows and bytes of the live files. */
  readonly rows: number;
  readonly bytes: number;
  /** One message per file that cannot be read or has changed since it was written, with the fix. Must be empty. */
  readonly damaged: readonly string[];
  /** Number of rows in live files that repeat the offset of another row of the partition. Must be 0. */
  readonly duplicated: number;
  /** Records in the log that the archiver has committed and the lake lacks. Must be 0. */
  readonly missing: number;
  /** Records that the archiver skipped because they are not events. They are dead letters. */
  readonly skipped: number;
  /** Records in the lake, within the log's range of offsets, that the log lacks. Must be 0. */
  readonly invented: number;
  /** Records that repeat an `eventId`. This is not an error: readers drop them. */
  readonly repeats: number;
}

/** A file that can be read, and that agrees with its checksum, has other records than the event log. */
class DiffersFromLog extends BrickError {
  override readonly code = 'BRICK_LAKE_DIFFERS_FROM_LOG';
  constructor(key: string, records: number) {
    super({
      what: `${key} is not a copy of the log: ${records} of its records differ from the event log`,
      why: 'the log or the file has changed since the archiver copied the records',
      fix: 'If the log has changed, restore it from a backup. Otherwise, rewrite the day: `agentbricks lake replay --from <day> --to <day>`',
    });
  }
}

export const isSound = ({ damaged, duplicated, missing, invented }: Verification): boolean =>
  damaged.length + duplicated + missing + invented === 0;

/** Compares a topic's live files with the manifest and with the log. Reads all files and changes none. */
export async function verifyTopic(topic: string, { lake, eventLog }: VerifyPorts): Promise<Verification> {
  const listed = await lake.list(`lake/${topic}/`);
  const bytes = new Map(listed.map(({ key, size }) => [key, size]));
  const live = liveFiles(listed.map(({ key }) => lakeFileOf(key)).filter((file) => !!file)).map(lakeKey);
  const damaged = await damageOf(topic, live, lake);
  const sound = live.filter((key) => !damaged.has(key));
  const paths = await lake.open(sound);
  const { offsets, repeats, rows } = await contentOf(paths);
  const archived = { offsets, skipped: await skippedRecords(topic, lake), paths };
  const { differing, ...compared } = await comparedWithLog(topic, archived, eventLog);
  return {
    topic,
    files: live.length,
    rows,
    bytes: live.reduce((sum, key) => sum + (bytes.get(key) ?? 0), 0),
    damaged: [...damaged.values(), ...differenceMessages(sound, paths, differing)],
    duplicated: rows - [...offsets.values()].reduce((sum, { size }) => sum + size, 0),
    repeats,
    ...compared,
  };
}

/** Returns the damaged files: key → message. */
async function damageOf(topic: string, live: readonly string[], lake: VerifyPorts['lake']) {
  const damaged = new Map<string, string>();
  const manifest = await readManifest(lake, topic).catch((error: Error) => void damaged.set('manifest', error.message));
  const known = new Map(manifest?.files.map((entry) => [entry.key, entry]));
  for (const key of live) {
    try {
      const { sha256 } = await entryOf(lake, key);
      const written = known.get(key)?.sha256;
      if (written && written !== sha256)
        damaged.set(key, `${key} has changed since compaction wrote it: its sha256 differs`);
    } catch (error) {
      if (!(error instanceof BrickError)) throw error;
      damaged.set(key, error.message);
    }
  }
  return damaged;
}

/** Returns the positions of the records that the archiver skipped: `partition-offset`. */
async function skippedRecords(topic: string, lake: VerifyPorts['lake']): Promise<ReadonlySet<string>> {
  const listed = await lake.list(skippedPrefix(topic));
  return new Set(listed.flatMap(({ key }) => positionOf(skippedRecordOf(key)) ?? []));
}

const positionOf = (record?: { partition: number; offset: number }): string | undefined =>
  record && `${record.partition}-${record.offset}`;

interface Archived {
  readonly offsets: Offsets;
  readonly skipped: ReadonlySet<string>;
  /** Local paths of the files that can be read. */
  readonly paths: readonly string[];
}

async function comparedWithLog(topic: string, { offsets, skipped, paths }: Archived, log: VerifyPorts['eventLog']) {
  const archived = await log.committed(ARCHIVER, topic);
  const differences = await rowComparison(topic, paths);
  const differing = new Map<string, number>();
  let [missing, matched, inRange] = [0, 0, 0];
  for await (const records of recordBatchesOf(log, topic)) {
    for (const { partition, offset, value } of records) {
      if (offsets.get(partition)?.has(offset)) matched++;
      else if (offset < (archived.get(partition) ?? 0) && value !== REDACTED && !skipped.has(`${partition}-${offset}`))
        missing++;
    }
    for (const [path, count] of await differences(records)) differing.set(path, (differing.get(path) ?? 0) + count);
  }
  for (const { partition, first } of await log.partitions(topic)) {
    inRange += [...(offsets.get(partition) ?? [])].filter((offset) => offset >= first).length;
  }
  return { missing, skipped: skipped.size, invented: inRange - matched, differing };
}

/** Returns one message per file whose rows differ from the log. */
const differenceMessages = (
  keys: readonly string[],
  paths: readonly string[],
  differing: ReadonlyMap<string, number>,
) =>
  keys.flatMap((key, index) => {
    const count = differing.get(paths[index] ?? '') ?? 0;
    return count === 0 ? [] : [new DiffersFromLog(key, count).message];
  });
