import { type LakeFile, WHOLE_DAY } from './lake-files.ts';

/**
 * Returns the files of the lake that queries read: all files except those whose records are in another file. A batch that
 * was delivered again, a compaction and its clean-up therefore never show a record twice and never hide one, even if they
 * are interrupted.
 *
 * Decides from the files' names only. O(n log n)
 * Never   drops a file unless another one covers its partition, its day or hour, and all its offsets
 *
 * @returns the live files, in the order of `files`
 */
export function liveFiles(files: readonly LakeFile[]): LakeFile[] {
  const groups = Map.groupBy(files, ({ topic, partition, date }) => `${topic}/${partition}/${date}`);
  const live = new Set([...groups.values()].flatMap(liveOfDay));
  return files.filter((file) => live.has(file));
}

/** Returns the live files of one partition and day. Compares each file, in the order of first offsets, with the greatest end so far. */
function liveOfDay(files: readonly LakeFile[]): LakeFile[] {
  const wholeDayFirst = ({ hour }: LakeFile) => (hour === WHOLE_DAY ? 0 : 1);
  const sorted = files.toSorted((a, b) => a.first - b.first || b.last - a.last || wholeDayFirst(a) - wholeDayFirst(b));
  /** Hour, or the whole day → greatest offset that a file of it covers. */
  const ends = new Map<string, number>();
  return sorted.filter(({ hour, last }) => {
    const covered = Math.max(ends.get(WHOLE_DAY) ?? -1, ends.get(hour) ?? -1);
    if (last > covered) ends.set(hour, Math.max(last, ends.get(hour) ?? -1));
    return last > covered;
  });
}
