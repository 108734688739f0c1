import { hourOf } from '../core/time.ts';

/** One Parquet file of the lake: the records of a topic partition in one ingest hour or day, in the order of their offsets. */
export interface LakeFile {
  readonly topic: string;
  readonly partition: number;
  /** UTC day of `ingestedAt`, YYYY-MM-DD. */
  readonly date: string;
  /** UTC hour of `ingestedAt`, 00 to 23, or `all` for a file of the whole day. */
  readonly hour: string;
  /** First and last offset, both inclusive. Offsets between them may belong to other hours. */
  readonly first: number;
  readonly last: number;
}

/** Value of `hour` in files of a whole day. */
export const WHOLE_DAY = 'all';
/** Returns the key of a topic's LakeManifest. */
export const manifestKey = (topic: string): string => `lake/${topic}/manifest.json`;

const KEY =
  /^lake\/([^/]+)\/date=(\d{4}-\d\d-\d\d)\/hour=(\d\d|all)\/[^/]*-(?<partition>\d+)-(?<first>\d+)-(?<last>\d+)\.parquet$/;

export const lakeKey = ({ topic, partition, date, hour, first, last }: LakeFile): string =>
  `lake/${topic}/date=${date}/hour=${hour}/${topic}-${partition}-${first}-${last}.parquet`;

/** Prefix of the keys of a topic's skipped records. */
export const skippedPrefix = (topic: string): string => `skipped/${topic}/`;

/** Returns the key of the object that records why the archiver skipped a record. */
export const skippedKey = (topic: string, { partition, offset }: { partition: number; offset: number }): string =>
  `${skippedPrefix(topic)}${partition}-${offset}.json`;

/** Parses the key of a skipped record's object. Returns undefined for keys of other objects. */
export function skippedRecordOf(key: string): { partition: number; offset: number } | undefined {
  const match = /^skipped\/[^/]+\/(\d+)-(\d+)\.json$/.exec(key);
  return match ? { partition: Number(match[1]), offset: Number(match[2]) } : undefined;
}

/** Parses the key of a lake file. Returns undefined for keys of other objects. */
export function lakeFileOf(key: string): LakeFile | undefined {
  const match = KEY.exec(key);
  if (!match) return undefined;
  const [, topic = '', date = '', hour = ''] = match;
  const { partition, first, last } = match.groups ?? {};
  return { topic, date, hour, partition: Number(partition), first: Number(first), last: Number(last) };
}

/** Returns the UTC day and hour of a time in the format of the keys. */
export function dayAndHour(ingestedAt: number): Pick<LakeFile, 'date' | 'hour'> {
  const [date = '', time = ''] = new Date(hourOf(ingestedAt)).toISOString().split('T');
  return { date, hour: time.slice(0, 2) };
}

/**
 * Returns whether another file, `file`, contains all records of `other`. The keys show it, because archiver and
 * compaction write all records of a file's offset range.
 */
export const supersedes = (file: LakeFile, other: LakeFile): boolean =>
  file.topic === other.topic &&
  file.partition === other.partition &&
  file.date === other.date &&
  (file.hour === WHOLE_DAY || file.hour === other.hour) &&
  file.first <= other.first &&
  file.last >= other.last &&
  lakeKey(file) !== lakeKey(other);

/** One file of the lake, as of the last time that compaction read it completely. */
export interface ManifestEntry {
  readonly key: string;
  readonly bytes: number;
  readonly rows: number;
  /** SHA-256 of the file's bytes, 64 hexadecimal digits. */
  readonly sha256: string;
  /** Earliest and latest `ingestedAt`, UTC epoch milliseconds. */
  readonly from: number;
  readonly to: number;
}

/**
 * List of a topic's complete files, written by compaction. The next run of compaction deletes only files that a listed
 * file supersedes. Queries ignore the list.
 */
export interface LakeManifest {
  readonly topic: string;
  /** UTC epoch milliseconds. */
  readonly writtenAt: number;
  readonly files: readonly ManifestEntry[];
}
