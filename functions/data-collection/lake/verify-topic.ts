import { openDuckDb } from '#adapters/duckdb/duckdb.ts';
import { parquetRows } from '#adapters/duckdb/file-readers.ts';
import { recordsOf } from '#adapters/event-log/read-records.ts';
import { BrickError } from '#domain/core/errors.ts';
import { lakeFileOf, lakeKey } from '#domain/events/lake-files.ts';
import { liveFiles } from '#domain/events/live-files.ts';
import { type EventLog, REDACTED } from '#ports/event-log.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import { readable } from '../archive/archived-rows.ts';
import { ARCHIVER } from '../await-archive/handler.ts';
import { entryOf, readManifest } from './lake-manifest.ts';

export interface VerifyPorts {
  readonly lake: Pick<ObjectStore, 'list' | 'get' | 'open'>;
  readonly eventLog: Pick<EventLog, 'read' | 'partitions' | 'committed'>;
}

/** What is right and wrong with a topic in the lake. */
export interface Verification {
  readonly topic: string;
  readonly files: number;
  /** Of the live files. */
  readonly rows: number;
  readonly bytes: number;
  /** Files that cannot be read, or are not as they were written, with the mend. Must be empty. */
  readonly damaged: readonly string[];
  /** Places that live files hold more than once; must be 0. */
  readonly duplicated: number;
  /** Archived according to the archiver's offsets, in the log, and not in the lake; must be 0. */
  readonly missing: number;
  /** In the lake and still in the log's range, but not in the log; must be 0. */
  readonly invented: number;
  /** Records of an `eventId` that came before: readers drop them, it is no fault. */
  readonly repeats: number;
}

export const isSound = ({ damaged, duplicated, missing, invented }: Verification): boolean =>
  damaged.length + duplicated + missing + invented === 0;

/** Reads all of a topic's live files and compares them with the manifest and with the log. Changes nothing. */
export async function verifyTopic(topic: string, { lake, eventLog }: VerifyPorts): Promise<Verification> {
  const listed = await lake.list(`lake/${topic}/`);
  const bytes = new Map(listed.map(({ key, size }) => [key, size]));
  const live = liveFiles(listed.map(({ key }) => lakeFileOf(key)).filter((file) => !!file)).map(lakeKey);
  const damaged = await damageOf(topic, live, lake);
  const sound = live.filter((key) => !damaged.has(key));
  const { places, repeats, rows } = await contentOf(await lake.open(sound));
  return {
    topic,
    files: live.length,
    rows,
    bytes: live.reduce((sum, key) => sum + (bytes.get(key) ?? 0), 0),
    damaged: [...damaged.values()],
    duplicated: rows - [...places.values()].reduce((sum, offsets) => sum + offsets.size, 0),
    repeats,
    ...(await againstLog(topic, places, eventLog)),
  };
}

/** key → what is wrong with it. */
async function damageOf(topic: string, live: readonly string[], lake: VerifyPorts['lake']) {
  const damaged = new Map<string, string>();
  const manifest = await readManifest(lake, topic).catch((error: Error) => void damaged.set('manifest', error.message));
  const known = new Map(manifest?.files.map((entry) => [entry.key, entry]));
  for (const key of live) {
    try {
      const { sha256 } = await entryOf(lake, key);
      const wanted = known.get(key)?.sha256;
      if (wanted && wanted !== sha256) damaged.set(key, `${key} is not as compaction wrote it: its sha256 differs`);
    } catch (error) {
      if (!(error instanceof BrickError)) throw error;
      damaged.set(key, error.message);
    }
  }
  return damaged;
}

type Places = ReadonlyMap<number, ReadonlySet<number>>;

/** Partition → offsets. */
async function contentOf(paths: readonly string[]): Promise<{ places: Places; repeats: number; rows: number }> {
  if (paths.length === 0) return { places: new Map(), repeats: 0, rows: 0 };
  using database = await openDuckDb();
  const files = parquetRows(paths);
  const found = await database.rows<{ partition: number; offsets: bigint[] }>(
    `SELECT partition, list("offset") AS offsets FROM ${files} GROUP BY partition`,
  );
  const [counted] = await database.rows<{ rows: bigint; ids: bigint }>(
    `SELECT count(*) AS rows, count(DISTINCT eventId) AS ids FROM ${files}`,
  );
  const places = new Map(found.map(({ partition, offsets }) => [partition, new Set(offsets.map(Number))]));
  const distinct = [...places.values()].reduce((sum, offsets) => sum + offsets.size, 0);
  return { places, rows: Number(counted?.rows), repeats: distinct - Number(counted?.ids) };
}

async function againstLog(topic: string, places: Places, log: VerifyPorts['eventLog']) {
  const archived = await log.committed(ARCHIVER, topic);
  let [missing, matched, kept] = [0, 0, 0];
  for await (const record of recordsOf(log, topic)) {
    const { partition, offset, value } = record;
    if (places.get(partition)?.has(offset)) matched++;
    else if (offset < (archived.get(partition) ?? 0) && value !== REDACTED && isReadable(record)) missing++;
  }
  for (const { partition, first } of await log.partitions(topic)) {
    kept += [...(places.get(partition) ?? [])].filter((offset) => offset >= first).length;
  }
  return { missing, invented: kept - matched };
}

const isReadable = (record: Parameters<typeof readable>[0]['records'][number]): boolean =>
  readable({ records: [record] }).failedAt === undefined;
