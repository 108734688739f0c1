import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '#domain/core/time.ts';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import { dayAndHour, type LakeFile, lakeKey, supersedes, WHOLE_DAY } from '#domain/events/lake-file-keys.ts';
import { planOf, TARGET_BYTES } from '../../../../functions/data-collection/compact/plan-of.ts';
import { NOON } from '../../handler-fixture.ts';

/** Returns a file of the hour that begins this many hours after noon. */
const fileAt = (hour: number, first: number, last: number): LakeFile => ({
  ...{ topic: EVENTS, partition: 0, first, last },
  ...dayAndHour(NOON + hour * HOUR),
});
const listed = (...files: LakeFile[]) => files.map((file) => ({ key: lakeKey(file), size: 1_000 }));
const manifestOf = (...files: LakeFile[]) => ({
  ...{ topic: EVENTS, writtenAt: NOON },
  files: files.map((file) => ({ key: lakeKey(file), bytes: 1_000, rows: 1, sha256: '', from: NOON, to: NOON })),
});
const ARCHIVED = new Map([[0, 100]]);

describe('planOf', () => {
  const [first, second, third] = [fileAt(0, 0, 9), fileAt(0, 10, 19), fileAt(1, 20, 29)];
  const merged = { ...first, hour: WHOLE_DAY, last: 29 };

  it('merges the files of an hour that has ended, once 10 minutes have passed', () => {
    const files = listed(first, second, third);
    const { merges } = planOf(files, undefined, ARCHIVED, NOON + HOUR + 10 * MINUTE);
    expect(merges).toEqual([{ parts: [first, second], into: { ...first, last: 19 } }]);
    expect(planOf(files, undefined, ARCHIVED, NOON + HOUR + 9 * MINUTE).merges).toEqual([]);
  });

  it('merges the files of a day that has ended into one of the whole day', () => {
    const { merges, deletions } = planOf(listed(first, second, third), undefined, ARCHIVED, NOON + DAY);
    expect(merges).toEqual([{ parts: [first, second, third], into: merged }]);
    expect(deletions).toEqual([]);
  });

  it('leaves files alone whose offsets the archiver has not committed', () => {
    const { merges } = planOf(listed(first, second, third), undefined, new Map([[0, 20]]), NOON + DAY);
    expect(merges).toEqual([{ parts: [first, second], into: { ...first, hour: WHOLE_DAY, last: 19 } }]);
  });

  it('deletes superseded files only if a manifest lists the file that supersedes them', () => {
    const files = listed(first, second, third, merged);
    expect(planOf(files, undefined, ARCHIVED, NOON + DAY).deletions).toEqual([]);
    const { deletions } = planOf(files, manifestOf(merged), ARCHIVED, NOON + DAY);
    expect(deletions).toEqual([first, second, third].map(lakeKey));
    const missing = planOf(listed(first, second, third), manifestOf(merged), ARCHIVED, NOON + DAY);
    expect(missing.deletions).toEqual([]);
  });

  it('starts another file at the target size', () => {
    const files = [first, second, third].map((file) => ({ key: lakeKey(file), size: TARGET_BYTES / 2 }));
    const { merges } = planOf(files, undefined, ARCHIVED, NOON + DAY);
    expect(merges).toEqual([{ parts: [first, second], into: { ...merged, last: 19 } }]);
  });

  it('plans no merged file that spans the offsets of a file that is not in it', () => {
    const listing = fc.array(
      fc.record({
        hour: fc.nat({ max: 3 }),
        first: fc.nat({ max: 30 }),
        length: fc.nat({ max: 12 }),
        size: fc.integer({ min: 1, max: TARGET_BYTES / 2 }),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(listing, (sampled) => {
        const files = sampled.map(({ hour, first: from, length, size }) => ({
          file: fileAt(hour, from, from + length),
          size,
        }));
        const { merges } = planOf(
          files.map(({ file, size }) => ({ key: lakeKey(file), size })),
          undefined,
          ARCHIVED,
          NOON + 3 * DAY,
        );
        for (const { parts, into } of merges) {
          for (const { file } of files.filter((other) => supersedes(into, other.file))) {
            expect(parts.some((part) => lakeKey(part) === lakeKey(file) || supersedes(part, file))).toBe(true);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
