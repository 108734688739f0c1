import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checksumOf } from '#adapters/duckdb/checksum-in-parquet-footer.ts';
import { openDuckDb } from '#adapters/duckdb/open-duckdb.ts';
import { parquetRows } from '#adapters/duckdb/sql-relations-over-files.ts';
import { DAY, HOUR, MINUTE } from '#domain/core/time.ts';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import { manifestKey } from '#domain/events/lake-file-keys.ts';
import { archive } from '../../../functions/data-collection/archive/handler.ts';
import { ARCHIVER } from '../../../functions/data-collection/await-archive/handler.ts';
import { compact } from '../../../functions/data-collection/compact/handler.ts';
import { replayDays } from '../../../functions/data-collection/lake/rewrite-days-from-log.ts';
import { isSound, verifyTopic } from '../../../functions/data-collection/lake/verify-topic.ts';
import { mskEvent } from '../../../localstack/embedded/aws/event-source-mapping.ts';
import { call, type HandlerFixture, handlerFixture, NOON, play, recordOf, recordsOf } from '../handler-fixture.ts';

const EVERY = 40 * MINUTE;
const EVENTS_IN_ALL = 60;
/** Distance between the bytes that are damaged one after another. It is prime, so they are in all parts of a file. */
const BIT_EVERY = 41;
/** Returns plays of several users over two days. */
const plays = () =>
  Array.from({ length: EVENTS_IN_ALL }, (_, i) => play(`u-${i % 5}`, `t-${i}`, NOON + i * EVERY, `e-${i}`));

let fixture: HandlerFixture;
beforeEach(async () => {
  fixture = handlerFixture();
  await fixture.eventLog.append(EVENTS, plays().map(recordOf));
});
afterEach(() => fixture[Symbol.dispose]());

/** Archives the log in batches of three records. */
async function archived(): Promise<void> {
  for (const [partition, records] of Map.groupBy(
    await recordsOf(fixture.eventLog, EVENTS),
    (record) => record.partition,
  )) {
    for (let i = 0; i < records.length; i += 3) {
      await call(archive(fixture), mskEvent(EVENTS, records.slice(i, i + 3)), 'archive');
    }
    await fixture.eventLog.commit(ARCHIVER, EVENTS, { partition, offset: records.length });
  }
}
const compacted = async (at = NOON + 9 * DAY) => {
  fixture.clock.at = at;
  for (let i = 0; i < 2; i++) await call(compact(fixture), {}, 'compact');
};
const withFlippedBit = (bytes: Uint8Array, position: number): Uint8Array =>
  bytes.with(position, (bytes[position] ?? 0) ^ 1);
/** Returns a file whose checksum has another name, so that no reader finds it. */
const withoutChecksum = (bytes: Uint8Array): Uint8Array => {
  const buffer = Buffer.from(bytes);
  buffer.write('unknown', buffer.lastIndexOf('agentbricks.sha256'), 'latin1');
  expect(checksumOf(buffer)).toBe('absent');
  return buffer;
};
const rowsIn = async (key: string): Promise<string> => {
  using database = await openDuckDb();
  const rows = await database.rows(`FROM ${parquetRows(await fixture.lake.open([key]))}`);
  return JSON.stringify(rows, (_, value) => (typeof value === 'bigint' ? Number(value) : value));
};
const verified = () => verifyTopic(EVENTS, fixture);
const files = async () => (await fixture.lake.list(`lake/${EVENTS}/`)).filter(({ key }) => key.endsWith('.parquet'));

describe('verification', () => {
  it('finds no error before and after a compaction', async () => {
    await archived();
    const before = await verified();
    await compacted();
    expect(before).toMatchObject({
      rows: EVENTS_IN_ALL,
      damaged: [],
      duplicated: 0,
      missing: 0,
      invented: 0,
      repeats: 0,
    });
    expect(await verified()).toMatchObject({
      rows: EVENTS_IN_ALL,
      damaged: [],
      duplicated: 0,
      missing: 0,
      invented: 0,
    });
    expect(isSound(before)).toBe(true);
  });

  it('finds no error in an empty lake, and counts committed records that it lacks as missing', async () => {
    expect(await verified()).toMatchObject({ files: 0, rows: 0, missing: 0 });
    await fixture.eventLog.commit(ARCHIVER, EVENTS, { partition: 0, offset: 5 });
    expect(await verified()).toMatchObject({ missing: 5 });
  });

  it.each([
    ['truncated', (bytes: Uint8Array) => bytes.slice(0, bytes.length / 2), 'not a complete Parquet file'],
    ['not Parquet', () => new Uint8Array(100), 'not a complete Parquet file'],
  ])('names a file that is %s', async (_, change, why) => {
    await archived();
    await compacted();
    const [file] = await files();
    const bytes = (await fixture.lake.get(file?.key ?? '')) ?? new Uint8Array();
    await fixture.lake.put(file?.key ?? '', change(bytes));
    const { damaged, missing } = await verified();
    expect(damaged).toHaveLength(1);
    expect(damaged[0]).toContain(file?.key);
    expect(damaged[0]).toContain(why);
    expect(missing).toBeGreaterThan(0);
  });

  it('names a valid file whose content has changed', async () => {
    await archived();
    await compacted();
    const [one, other] = (await files()).map(({ key }) => key) as [string, string];
    await fixture.lake.put(one, (await fixture.lake.get(other)) ?? new Uint8Array());
    const { damaged } = await verified();
    expect(damaged).toEqual([`${one} has changed since compaction wrote it: its sha256 differs`]);
  });

  it('names a file with one changed bit', async () => {
    await archived();
    await compacted();
    const [{ key = '' } = {}] = await files();
    const bytes = (await fixture.lake.get(key)) ?? new Uint8Array();
    for (const share of [0, 0.5, 0.8, 1]) {
      await fixture.lake.put(key, withFlippedBit(bytes, Math.round(share * (bytes.length - 1))));
      expect((await verified()).damaged).toEqual([expect.stringContaining(key)]);
    }
  });

  it('names a file of an earlier version, without a checksum, with one changed bit, unless its rows are unchanged', {
    timeout: 120_000,
  }, async () => {
    await archived();
    const [{ key = '' } = {}] = await files();
    const bytes = withoutChecksum((await fixture.lake.get(key)) ?? new Uint8Array());
    const before = await rowsIn(key);
    const unnoticed: number[] = [];
    for (let position = 0; position < bytes.length; position += BIT_EVERY) {
      await fixture.lake.put(key, withFlippedBit(bytes, position));
      const found = await verified();
      if (!isSound(found)) expect(found.damaged.every((message) => message.includes(key))).toBe(true);
      else if ((await rowsIn(key)) !== before) unnoticed.push(position);
    }
    expect(unnoticed).toEqual([]);
  });

  it('names a file whose values differ from the log, although its format is right', async () => {
    await archived();
    const [record] = (await recordsOf(fixture.eventLog, EVENTS)).filter(({ offset }) => offset === 4);
    const others = (await recordsOf(fixture.eventLog, EVENTS)).filter(
      ({ partition, offset }) => partition === record?.partition && offset >= 3 && offset < 6,
    );
    const changed = others.map((each) =>
      each === record || each.offset !== 4 ? each : { ...each, value: each.value.replace(/"t-\d+"/, '"t-other"') },
    );
    await call(archive(fixture), mskEvent(EVENTS, changed), 'archive');
    const { damaged, missing, invented } = await verified();
    expect(damaged).toEqual([expect.stringContaining('1 of its records differ from the event log')]);
    expect({ missing, invented }).toEqual({ missing: 0, invented: 0 });
  });

  it('names a truncated manifest', async () => {
    await archived();
    await fixture.lake.put(manifestKey(EVENTS), new TextEncoder().encode('{'));
    expect((await verified()).damaged[0]).toContain('manifest.json cannot be read');
  });

  it('counts missing, duplicated and invented records', async () => {
    await archived();
    const [file] = await files();
    await fixture.lake.delete(file?.key ?? '');
    expect((await verified()).missing).toBeGreaterThan(0);
    const unlogged = play('u-1', 't-1', NOON, 'unlogged');
    const beyondLog = { ...recordOf(unlogged), headers: {}, partition: 0, offset: 900 };
    await call(archive(fixture), mskEvent(EVENTS, [beyondLog]), 'archive');
    expect((await verified()).invented).toBe(1);
    const overlapping = (await recordsOf(fixture.eventLog, EVENTS))
      .filter(({ partition }) => partition === 0)
      .slice(2, 5);
    await call(archive(fixture), mskEvent(EVENTS, overlapping), 'archive');
    expect(isSound(await verified())).toBe(false);
  });
});

describe('a replay', () => {
  const days = { from: '2026-01-05', to: '2026-01-06' };

  it('reproduces compacted days byte for byte', async () => {
    await archived();
    await compacted();
    const contents = async () =>
      Promise.all((await files()).map(async ({ key }) => [key, Buffer.from((await fixture.lake.get(key)) ?? [])]));
    const before = await contents();
    expect(await replayDays(EVENTS, { from: '2026-01-01', to: '2026-12-31' }, fixture)).toBe(EVENTS_IN_ALL);
    expect(await contents()).toEqual(before);
    expect(await verified()).toMatchObject({ rows: EVENTS_IN_ALL, duplicated: 0, missing: 0, invented: 0 });
  });

  it('restores lost files, and changes no other day', async () => {
    await archived();
    await compacted();
    for (const { key } of await files()) if (key.includes('date=2026-01-05')) await fixture.lake.delete(key);
    const lost = (await verified()).missing;
    expect(lost).toBeGreaterThan(0);
    const written: string[] = [];
    await replayDays(EVENTS, days, { ...fixture, onFile: (key) => written.push(key) });
    expect(written.every((key) => /date=2026-01-0[56]/.test(key))).toBe(true);
    expect(await verified()).toMatchObject({ rows: EVENTS_IN_ALL, missing: 0 });
  });

  it('duplicates nothing while the archiver continues', async () => {
    await archived();
    await replayDays(EVENTS, days, fixture);
    const late = Array.from({ length: 5 }, (_, i) => play(`u-${i}`, 't-late', NOON + 5 * HOUR, `late-${i}`));
    await fixture.eventLog.append(EVENTS, late.map(recordOf));
    await archived();
    expect(await verified()).toMatchObject({ rows: EVENTS_IN_ALL + 5, duplicated: 0, missing: 0, repeats: 0 });
  });

  it('skips unreadable records, and stops when its signal is aborted', async () => {
    await fixture.eventLog.append(EVENTS, [{ key: 'x', value: 'no JSON', timestamp: NOON }]);
    expect(await replayDays(EVENTS, { from: '2026-01-01', to: '2026-12-31' }, fixture)).toBe(EVENTS_IN_ALL);
    const signal = AbortSignal.abort(new Error('stopped'));
    await expect(replayDays(EVENTS, days, { ...fixture, signal })).rejects.toThrow('stopped');
  });
});
