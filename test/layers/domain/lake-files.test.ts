import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  dayAndHour,
  type LakeFile,
  lakeFileOf,
  lakeKey,
  liveFiles,
  supersedes,
  WHOLE_DAY,
} from '#domain/events/lake-files.ts';

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

describe('a file of the lake', () => {
  it('is told by its key, and its key by it', () => {
    fc.assert(fc.property(anyFile, (file) => void expect(lakeFileOf(lakeKey(file))).toEqual(file)));
    expect(
      lakeKey({ topic: 'events.v1', partition: 2, ...dayAndHour(Date.UTC(2026, 0, 5, 12, 59)), first: 4, last: 7 }),
    ).toBe('lake/events.v1/date=2026-01-05/hour=12/events.v1-2-4-7.parquet');
  });

  it.each(['lake/events.v1/manifest.json', 'runs/1/titles.parquet', 'lake/events.v1/date=x/hour=01/a-1-2-3.parquet'])(
    'is not %s',
    (key) => expect(lakeFileOf(key)).toBeUndefined(),
  );
});

describe('live files', () => {
  it('are those that no other file supersedes, by comparing each with each', () => {
    fc.assert(
      fc.property(anyFiles, (files) => {
        const naive = files.filter((file) => !files.some((other) => supersedes(other, file)));
        expect(liveFiles(files)).toEqual(naive);
      }),
      { numRuns: 2_000 },
    );
  });

  it('hide nothing: what is superseded is in a live file', () => {
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
