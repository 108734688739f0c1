import { hourOf } from '../core/time.ts';

/** What one Parquet file of the lake holds: a topic partition's records of one ingest hour, or of a whole day, by offset. */
export interface LakeFile {
  readonly topic: string;
  readonly partition: number;
  /** UTC day of `ingestedAt`, YYYY-MM-DD. */
  readonly date: string;
  /** 00 to 23, or `all`: the whole day. */
  readonly hour: string;
  /** First and last offset, inclusive; those between may belong to other hours. */
  readonly first: number;
  readonly last: number;
}

export const WHOLE_DAY = 'all';
/** What the lake knows of a topic's files. */
export const manifestKey = (topic: string): string => `lake/${topic}/manifest.json`;

const KEY =
  /^lake\/([^/]+)\/date=(\d{4}-\d\d-\d\d)\/hour=(\d\d|all)\/[^/]*-(?<partition>\d+)-(?<first>\d+)-(?<last>\d+)\.parquet$/;

export const lakeKey = ({ topic, partition, date, hour, first, last }: LakeFile): string =>
  `lake/${topic}/date=${date}/hour=${hour}/${topic}-${partition}-${first}-${last}.parquet`;

/** @returns undefined for a key that no archiver writes */
export function lakeFileOf(key: string): LakeFile | undefined {
  const match = KEY.exec(key);
  if (!match) return undefined;
  const [, topic = '', date = '', hour = ''] = match;
  const { partition, first, last } = match.groups ?? {};
  return { topic, date, hour, partition: Number(partition), first: Number(first), last: Number(last) };
}

/** Day and hour of a time, as they stand in keys. */
export function dayAndHour(ingestedAt: number): Pick<LakeFile, 'date' | 'hour'> {
  const [date = '', time = ''] = new Date(hourOf(ingestedAt)).toISOString().split('T');
  return { date, hour: time.slice(0, 2) };
}

/** Whether all that `other` holds is in `file` too: an archiver and a compaction write offsets in order, without gaps of their own. */
export const supersedes = (file: LakeFile, other: LakeFile): boolean =>
  file.topic === other.topic &&
  file.partition === other.partition &&
  file.date === other.date &&
  (file.hour === WHOLE_DAY || file.hour === other.hour) &&
  file.first <= other.first &&
  file.last >= other.last &&
  lakeKey(file) !== lakeKey(other);

/** One file, as it was when it was last read whole. */
export interface ManifestEntry {
  readonly key: string;
  readonly bytes: number;
  readonly rows: number;
  /** Of the file's bytes, 64 hexadecimal digits. */
  readonly sha256: string;
  /** Least and greatest `ingestedAt`, UTC epoch ms. */
  readonly from: number;
  readonly to: number;
}

/** What compaction wrote down. Readers do without: it proves that files are whole, and says what may be deleted. */
export interface LakeManifest {
  readonly topic: string;
  /** UTC epoch ms. */
  readonly writtenAt: number;
  readonly files: readonly ManifestEntry[];
}
