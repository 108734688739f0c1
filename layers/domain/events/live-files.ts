import { type LakeFile, WHOLE_DAY } from './lake-file-keys.ts';

/**
 * Returns the files of the lake that queries read: all files except those whose records are in another file. Queries
 * therefore read each record exactly once, even after a repeated delivery or an interrupted compaction.
 *
 * Reads only the files' names, in O(n log n) time.
 * Never   drops a file unless another one covers its partition, its day or hour, and all its offsets
 *
 * @returns the live files, in the order of `files`
 */
export function liveFiles(files: readonly LakeFile[]): LakeFile[] {
  const groups = Map.groupBy(files, ({ topic, partition, date }) => `${topic}/${partition}/${date}`);
  const live = new Set([...groups.values()].flatMap(liveOfDay));
  return files.filter((file) => live.has(file));
}

/**
 * Returns the live files of one partition and day: in the order of first offsets, each file that ends after all earlier
 * files of its hour or of the whole day.
 */
function liveOfDay(files: readonly LakeFile[]): LakeFile[] {
  const wholeDayFirst = ({ hour }: LakeFile) => (hour === WHOLE_DAY ? 0 : 1);
  const sorted = files.toSorted((a, b) => a.first - b.first || b.last - a.last || wholeDayFirst(a) - wholeDayFirst(b));
  /** Greatest last offset of the files so far, by hour or WHOLE_DAY. */
  const ends = new Map<string, number>();
  return sorted.filter(({ hour, last }) => {
    const covered = Math.max(ends.get(WHOLE_DAY) ?? -1, ends.get(hour) ?? -1);
    if (last > covered) ends.set(hour, Math.max(last, ends.get(hour) ?? -1));
    return last > covered;
  });
}
