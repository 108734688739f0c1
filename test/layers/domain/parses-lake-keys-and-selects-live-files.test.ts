import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  dayAndHour,
  type LakeFile,
  lakeFileOf,
  lakeKey,
  supersedes,
  WHOLE_DAY,
} from '#domain/events/lake-file-keys.ts';
import { liveFiles } from '#domain/events/live-files.ts';

const anyFile: fc.Arbitrary<LakeFile> = fc
  .record({
    topic: fc.constantFrom('events.v1', 'exposures.v1'),
    partition: fc.nat({ max: 1 }),
    date: fc.constantFrom('2026-01-05', '2026-01-06'),
    hour: fc.constantFrom('00', '23', WHOLE_DAY),
    first: fc.nat({ max: 9 }),
    length: fc.nat({ max: 5 }),
  })
  .map(({ length, ...file }) => ({ ...file, last: file.first + length }));
const anyFiles = fc.uniqueArray(anyFile, { selector: lakeKey, maxLength: 25 });

describe('the key of a lake file', () => {
  it('can be parsed to the file', () => {
    fc.assert(fc.property(anyFile, (file) => void expect(lakeFileOf(lakeKey(file))).toEqual(file)));
    expect(
      lakeKey({ topic: 'events.v1', partition: 2, ...dayAndHour(Date.UTC(2026, 0, 5, 12, 59)), first: 4, last: 7 }),
    ).toBe('lake/events.v1/date=2026-01-05/hour=12/events.v1-2-4-7.parquet');
  });

  it.each(['lake/events.v1/manifest.json', 'runs/1/titles.parquet', 'lake/events.v1/date=x/hour=01/a-1-2-3.parquet'])(
    'does not have the form %s',
    (key) => expect(lakeFileOf(key)).toBeUndefined(),
  );
});

describe('liveFiles', () => {
  const file = (hour: string, first: number, last: number): LakeFile => ({
    ...{ topic: 'events.v1', partition: 0, date: '2026-01-05' },
    ...{ hour, first, last },
  });

  it('returns a file of the day and files that extend beyond it, in their order', () => {
    const [day, inside, beyond] = [file(WHOLE_DAY, 0, 9), file('07', 3, 5), file('23', 8, 12)];
    expect(liveFiles([beyond, inside, day])).toEqual([beyond, day]);
  });

  it('returns a file of an hour that only files of other hours overlap', () => {
    const [one, other] = [file('07', 0, 9), file('08', 3, 5)];
    expect(liveFiles([one, other])).toEqual([one, other]);
  });

  it('returns the files that no other file supersedes, compared pair by pair', () => {
    fc.assert(
      fc.property(anyFiles, (files) => {
        const naive = files.filter((file) => !files.some((other) => supersedes(other, file)));
        expect(liveFiles(files)).toEqual(naive);
      }),
      { numRuns: 2_000 },
    );
  });

  it('omits a file only if a live file supersedes it', () => {
    fc.assert(
      fc.property(anyFiles, (files) => {
        const live = liveFiles(files);
        for (const file of files) {
          expect(live.includes(file) || live.some((other) => supersedes(other, file))).toBe(true);
        }
      }),
    );
  });
});
