import { hourOf, MINUTE } from '#domain/core/time.ts';
import {
  type LakeFile,
  type LakeManifest,
  lakeFileOf,
  lakeKey,
  supersedes,
  WHOLE_DAY,
} from '#domain/events/lake-file-keys.ts';
import { liveFiles } from '#domain/events/live-files.ts';
import type { StoredObject } from '#ports/object-store.ts';

/** Approximate maximum size of a merged file, bytes. It suits Parquet readers and fits into a function's memory. */
export const TARGET_BYTES = 128 * 2 ** 20;
/**
 * Milliseconds from the end of an hour until its files are merged, in which the archiver may still add a file to the
 * hour.
 */
const GRACE = 10 * MINUTE;

/** Several live files, and the file that replaces them. */
export interface Merge {
  readonly parts: readonly LakeFile[];
  readonly into: LakeFile;
}

export interface Plan {
  readonly merges: readonly Merge[];
  /** Keys of files that a file in the manifest of an earlier run supersedes. No reader has used them since that run. */
  readonly deletions: readonly string[];
}

/**
 * Decides what a run of compaction does for one topic. The files of a day that has ended become one file per partition;
 * until then, the files of an hour that has ended become one.
 *
 * Only files whose offsets the archiver has committed are merged. A merged file claims to contain all records of its
 * day between two offsets; an interrupted or running batch could later add a file inside that range, which readers
 * would then ignore.
 *
 * Unit    `now`: UTC epoch ms; `archived`: partition → next offset of the archiver
 * Never   deletes a file before the manifest lists the merged file that supersedes it; merges an hour that has not
 *         ended; plans a merged file that spans offsets that its parts do not contain
 */
export function planOf(
  listed: readonly StoredObject[],
  manifest: LakeManifest | undefined,
  archived: ReadonlyMap<number, number>,
  now: number,
): Plan {
  const bytes = new Map(listed.map(({ key, size }) => [key, size]));
  const files = listed.map(({ key }) => lakeFileOf(key)).filter((file) => !!file);
  const proven = (manifest?.files ?? [])
    .filter(({ key }) => bytes.has(key))
    .map(({ key }) => lakeFileOf(key))
    .filter((file) => !!file);
  const live = liveFiles(files);
  const superseded = files.filter((file) => !live.includes(file));
  const settled = live.filter(({ partition, last }) => last < (archived.get(partition) ?? 0));
  return {
    merges: mergesOf(settled, bytes, new Date(hourOf(now - GRACE)).toISOString()),
    deletions: superseded.filter((file) => proven.some((merged) => supersedes(merged, file))).map(lakeKey),
  };
}

/** Returns the merges of a topic. @param current the first hour that may not be merged yet, ISO 8601 */
function mergesOf(live: readonly LakeFile[], bytes: ReadonlyMap<string, number>, current: string): Merge[] {
  const [today, thisHour] = [current.slice(0, 'YYYY-MM-DD'.length), current.slice('YYYY-MM-DDT'.length).slice(0, 2)];
  const scopeOf = ({ date, hour }: LakeFile) => {
    if (date < today) return WHOLE_DAY;
    return date === today && hour < thisHour ? hour : undefined;
  };
  const closed = live.filter((file) => scopeOf(file) !== undefined);
  const groups = Map.groupBy(closed, (file) => `${file.partition}/${file.date}/${scopeOf(file)}`);
  return [...groups.values()].flatMap((group) => {
    const byOffset = group.toSorted((a, b) => a.first - b.first);
    return chunked(byOffset, bytes)
      .filter((chunk) => chunk.length > 1)
      .map((chunk) => mergeOf(chunk, scopeOf(chunk[0] as LakeFile)));
  });
}

/**
 * Groups neighbouring files up to the target size, or slightly more: files with overlapping offsets stay together, so
 * that no merged file spans offsets that it does not contain. A larger file is its own group.
 */
function chunked(files: readonly LakeFile[], bytes: ReadonlyMap<string, number>): LakeFile[][] {
  const chunks: LakeFile[][] = [];
  let [size, end] = [Number.POSITIVE_INFINITY, -1];
  for (const file of files) {
    const own = bytes.get(lakeKey(file)) ?? 0;
    if (size + own > TARGET_BYTES && file.first > end) {
      chunks.push([]);
      size = 0;
    }
    chunks.at(-1)?.push(file);
    size += own;
    end = Math.max(end, file.last);
  }
  return chunks;
}

function mergeOf(parts: readonly LakeFile[], scope: string | undefined): Merge {
  const [sample] = parts as [LakeFile, ...LakeFile[]];
  const first = Math.min(...parts.map((part) => part.first));
  const last = Math.max(...parts.map((part) => part.last));
  return { parts, into: { ...sample, hour: scope ?? sample.hour, first, last } };
}
