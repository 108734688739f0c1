import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDuckDb } from '#adapters/duckdb/open-duckdb.ts';
import { DAY, HOUR, MINUTE } from '#domain/core/time.ts';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import { lakeFileOf, manifestKey, WHOLE_DAY } from '#domain/events/lake-file-keys.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import { archive } from '../../../../functions/data-collection/archive/handler.ts';
import { ARCHIVER } from '../../../../functions/data-collection/await-archive/handler.ts';
import { type Compaction, compact } from '../../../../functions/data-collection/compact/handler.ts';
import { readManifest } from '../../../../functions/data-collection/lake/read-manifest-and-lake-files.ts';
import { lakeFiles } from '../../../../functions/feature-engineering/lake-relation.ts';
import { call, delivered, type HandlerFixture, handlerFixture, NOON, play } from '../../handler-fixture.ts';

let fixture: HandlerFixture;
beforeEach(() => {
  fixture = handlerFixture();
});
afterEach(() => fixture[Symbol.dispose]());

/** Returns plays that were ingested at these times. */
const playsAt = (times: readonly number[], partition = 0) =>
  times.map((time, i) => play('u-1', `t-${i}`, time, `e-${partition}-${i}`));

/** Archives plays that were ingested at these times, in batches of `size`. */
async function archived(times: readonly number[], size = 2, partition = 0): Promise<void> {
  const events = playsAt(times, partition);
  for (let first = 0; first < events.length; first += size) {
    await call(archive(fixture), delivered(events.slice(first, first + size), { first, partition }), 'archive');
  }
  await committed(events.length, partition);
}
/** Commits the archiver's next offset. */
const committed = (offset: number, partition = 0) => fixture.eventLog.commit(ARCHIVER, EVENTS, { partition, offset });
const run = (lake: HandlerFixture['lake'] | ObjectStore = fixture.lake) =>
  call<Compaction[]>(compact({ ...fixture, lake }), {}, 'compact');
const keys = async () =>
  (await fixture.lake.list(`lake/${EVENTS}/`)).map(({ key }) => key).filter((key) => key.endsWith('.parquet'));

/** Returns the records that readers find: partition, offset, id and time of every record in a live file. */
async function seen(): Promise<string[]> {
  using database = await openDuckDb();
  const files = await lakeFiles(fixture.lake, EVENTS);
  if (!files) return [];
  const rows = await database.rows<{ line: string }>(
    `SELECT concat_ws(' ', partition, "offset", eventId, ingestedAt) AS line
     FROM ${files} ORDER BY partition, "offset"`,
  );
  return rows.map(({ line }) => line);
}

const hours = (...offsets: number[]) => offsets.map((hour) => NOON + hour * HOUR);

describe('compaction', () => {
  it('merges the files of an hour that has ended, then those of the day', async () => {
    await archived(hours(0, 0.1, 0.2, 0.3, 1, 1.1));
    const before = await seen();
    fixture.clock.at = NOON + HOUR + 20 * MINUTE;
    expect((await run())[0]).toMatchObject({ topic: EVENTS, before: 3, after: 2, merged: 2, deleted: 0, left: 0 });
    expect(await seen()).toEqual(before);
    fixture.clock.at = NOON + DAY;
    expect((await run())[0]).toMatchObject({ before: 2, after: 1, merged: 2, deleted: 2 });
    await run();
    expect((await keys()).map(lakeFileOf)).toEqual([
      { topic: EVENTS, partition: 0, date: '2026-01-05', hour: WHOLE_DAY, first: 0, last: 5 },
    ]);
    expect(await seen()).toEqual(before);
  });

  it('does not touch the current hour, nor an hour that has just ended', async () => {
    await archived(hours(0, 0.1, 0.2));
    fixture.clock.at = NOON + HOUR + 5 * MINUTE;
    expect((await run())[0]).toMatchObject({ before: 2, after: 2, merged: 0 });
  });

  it('does not merge a file that has changed since it was written, and names it', async () => {
    await archived(hours(0, 0.1, 0.2));
    const [, changed = ''] = await keys();
    const bytes = (await fixture.lake.get(changed)) ?? new Uint8Array();
    // The last bytes of the footer describe the file, so its rows stay readable.
    const at = Buffer.from(bytes).lastIndexOf('DuckDB');
    await fixture.lake.put(changed, bytes.with(at, (bytes[at] ?? 0) ^ 1));
    fixture.clock.at = NOON + DAY;
    await expect(run()).rejects.toThrow(new RegExp(`${changed} cannot be read.*checksum is wrong`));
    expect(await keys()).toHaveLength(2);
  });

  it('shows a redelivered batch once', async () => {
    await archived(hours(0, 0.1, 0.2));
    await archived(hours(0, 0.1, 0.2), 3);
    expect(await seen()).toHaveLength(3);
    fixture.clock.at = NOON + DAY;
    await run();
    expect(await seen()).toHaveLength(3);
  });

  it('includes a late batch of a day that is already compacted', async () => {
    await archived(hours(0, 0.1));
    fixture.clock.at = NOON + DAY;
    await run();
    const late = play('u-1', 't-9', NOON + 2 * HOUR, 'late');
    await call(archive(fixture), delivered([late], { first: 2 }), 'archive');
    await committed(3);
    expect(await seen()).toHaveLength(3);
    await run();
    await run();
    expect(await keys()).toHaveLength(1);
    expect(await seen()).toHaveLength(3);
  });

  it('writes a manifest with rows, bytes, hash and times of each file', async () => {
    await archived(hours(0, 0.1, 1));
    fixture.clock.at = NOON + DAY;
    await run();
    const manifest = await readManifest(fixture.lake, EVENTS);
    expect(manifest?.files).toHaveLength(1);
    expect(manifest?.files[0]).toMatchObject({ rows: 3, from: NOON, to: NOON + HOUR });
    expect(manifest?.files[0]?.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('names a damaged file, and deletes nothing', async () => {
    await archived(hours(0, 0.1, 0.2));
    const [damaged = '', ...others] = await keys();
    const bytes = (await fixture.lake.get(damaged)) ?? new Uint8Array();
    await fixture.lake.put(damaged, bytes.slice(0, bytes.length / 2));
    fixture.clock.at = NOON + DAY;
    await expect(run()).rejects.toMatchObject({
      code: 'BRICK_DAMAGED_LAKE_FILE',
      message: expect.stringContaining(damaged),
    });
    expect(await keys()).toEqual([damaged, ...others]);
  });

  it('names a truncated manifest', async () => {
    await fixture.lake.put(manifestKey(EVENTS), new TextEncoder().encode('{"files":['));
    await expect(run()).rejects.toMatchObject({ message: expect.stringContaining('manifest.json') });
  });

  it('hides no record of a batch that was interrupted and completed after the day ended', async () => {
    const events = playsAt(hours(0, 0.1, 1, 1.1, 2, 2.1));
    const torn = { ...fixture.lake, put: dyingAt(fixture.lake, 'hour=13') };
    await expect(call(archive({ ...fixture, lake: torn }), delivered(events), 'archive')).rejects.toThrow('killed');
    fixture.clock.at = NOON + 3 * DAY;
    await run();
    await call(archive(fixture), delivered(events), 'archive');
    await committed(events.length);
    expect(await seen()).toHaveLength(events.length);
    for (let i = 0; i < 2; i++) await run();
    expect(await seen()).toHaveLength(events.length);
    expect(await keys()).toHaveLength(1);
  });

  it('shows every record once, wherever it is interrupted, and leaves one file per day', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.nat({ max: 8 }), { maxLength: 4 }),
        async (steps, size, cuts) => {
          fixture[Symbol.dispose]();
          fixture = handlerFixture();
          let hour = 0;
          await archived(
            steps.map((step) => {
              hour += step / 10;
              return NOON + Math.floor(hour * HOUR);
            }),
            size,
          );
          const before = await seen();
          fixture.clock.at = NOON + 30 * DAY;
          for (const cut of cuts) {
            await run(failingAfter(fixture.lake, cut)).catch(() => undefined);
            expect(await seen()).toEqual(before);
          }
          await run();
          await run();
          expect(await seen()).toEqual(before);
          const days = new Set((await keys()).map((key) => lakeFileOf(key)?.date));
          expect(await keys()).toHaveLength(days.size);
        },
      ),
      { numRuns: 25 },
    );
  }, 60_000);
});

/** Returns a `put` that fails at keys which contain `part`, after the other files of the batch were written. */
const dyingAt = (lake: ObjectStore, part: string) => {
  const written: Promise<void>[] = [];
  return async (key: string, bytes: Uint8Array) => {
    if (!key.includes(part)) return void written.push(lake.put(key, bytes));
    await new Promise((later) => setTimeout(later, OTHERS_MS));
    await Promise.all(written);
    throw new Error('killed');
  };
};
/** Time in which the other files of the batch are written, milliseconds. */
const OTHERS_MS = 300;

/** Returns a store that fails after this number of writes and deletions. */
function failingAfter(lake: ObjectStore, writes: number): ObjectStore {
  let left = writes;
  const spend = () => {
    if (left-- <= 0) throw new Error('killed');
  };
  return {
    ...lake,
    put: async (key, bytes) => {
      spend();
      await lake.put(key, bytes);
    },
    delete: async (key) => {
      spend();
      await lake.delete(key);
    },
  };
}
