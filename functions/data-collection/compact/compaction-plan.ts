import { hourOf, MINUTE } from '#domain/core/time.ts';
import {
  type LakeFile,
  type LakeManifest,
  lakeFileOf,
  lakeKey,
  liveFiles,
  supersedes,
  WHOLE_DAY,
} from '#domain/events/lake-files.ts';
import type { StoredObject } from '#ports/object-store.ts';

/** A merged file is closed at about this size: what Parquet readers like best, and a function's memory holds. */
export const TARGET_BYTES = 128 * 2 ** 20;
/** An hour is left alone until this long after its end: the archiver may still be at it. */
const GRACE = 10 * MINUTE;

/** Several live files, and the one that takes their place. */
export interface Merge {
  readonly parts: readonly LakeFile[];
  readonly into: LakeFile;
}

export interface Plan {
  readonly merges: readonly Merge[];
  /** Superseded by a file that the manifest of an earlier run names: nobody has read them since. */
  readonly deletions: readonly string[];
}

/**
 * What a run of compaction has to do for one topic. Days that are over become a file per partition, hours that are over
 * become one each until then. Only what the archiver has left behind is merged: a merged file says that it holds all of its
 * day between two offsets, and a batch that was cut off halfway, or is at it now, would come to lie in there unseen.
 *
 * @param archived partition → the archiver's offset
 * @param now UTC epoch ms
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
    deletions: superseded.filter((file) => proven.some((whole) => supersedes(whole, file))).map(lakeKey),
  };
}

/** @param current the hour that is not over, ISO 8601 */
function mergesOf(live: readonly LakeFile[], bytes: ReadonlyMap<string, number>, current: string): Merge[] {
  const [today, thisHour] = [current.slice(0, 'YYYY-MM-DD'.length), current.slice('YYYY-MM-DDT'.length).slice(0, 2)];
  const scopeOf = ({ date, hour }: LakeFile) => {
    if (date < today) return WHOLE_DAY;
    return date === today && hour < thisHour ? hour : undefined;
  };
  const closed = live.filter((file) => scopeOf(file) !== undefined);
  const groups = Map.groupBy(closed, (file) => `${file.partition}/${file.date}/${scopeOf(file)}`);
  return [...groups.values()].flatMap((group) => {
    const chunks = chunked(
      group.toSorted((a, b) => a.first - b.first),
      bytes,
    );
    return chunks.filter((chunk) => chunk.length > 1).map((chunk) => mergeOf(chunk, scopeOf(chunk[0] as LakeFile)));
  });
}

/**
 * Neighbours whose sizes add up to the target, or little more: those whose offsets overlap stay together, so that no merged file
 * spans offsets that it does not hold. A large one stays alone.
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
