import { describe, expect, it } from 'vitest';
import { openDuckDb } from '#adapters/duckdb/open-duckdb.ts';
import { parquetRows } from '#adapters/duckdb/sql-relations-over-files.ts';
import { HOUR } from '#domain/core/time.ts';
import type { StoredEvent } from '#domain/events/client-and-stored-events.ts';
import { EVENTS, EVENTS_DLQ, EXPOSURES } from '#domain/events/event-log-topics.ts';
import type { Exposure } from '#domain/events/exposure-schemas.ts';
import { upcast } from '#domain/events/stored-records/upcast-to-latest-version.ts';
import { archive } from '../../../functions/data-collection/archive/handler.ts';
import { mskEvent } from '../../../localstack/embedded/aws/event-source-mapping.ts';
import {
  call,
  delivered,
  type HandlerFixture,
  handlerFixture,
  NOON,
  play,
  recordOf,
  recordsOf,
  signup,
  title,
} from '../handler-fixture.ts';

const run = (fixture: HandlerFixture, event: unknown) => call<void>(archive(fixture), event, 'archive');
const keys = async ({ lake }: HandlerFixture) => (await lake.list('lake/')).map(({ key }) => key);

async function rows<Row>({ lake }: HandlerFixture, topic: string, sql: string): Promise<Row[]> {
  using database = await openDuckDb();
  const keys = (await lake.list(`lake/${topic}/`)).map(({ key }) => key);
  return await database.rows<Row>(sql.replace('LAKE', parquetRows(await lake.open(keys))));
}

const NO_EVENT = 'the value is not an event: its type is unknown';
/** Value that the service never writes → reason in the dead letter. */
const POISON: Readonly<Record<string, string>> = {
  'not json': 'the value is not JSON',
  '{"type":"play"': 'the value is not JSON',
  null: 'the value is not a JSON object',
  '5': 'the value is not a JSON object',
  '[]': NO_EVENT,
  '{"eventId":"e"}': NO_EVENT,
  '{"type":"constructor","eventId":"e","ingestedAt":1}': NO_EVENT,
  '{"type":"play","eventId":"x","userId":"u","occurredAt":1,"sentAt":1,"ingestedAt":1}':
    'the value is not an event: the field titleId is missing or has another type',
  '{"type":"play","eventId":"x","userId":"u","titleId":5,"occurredAt":1,"sentAt":1,"ingestedAt":1}':
    'the value is not an event: the field titleId is missing or has another type',
  '{"type":"play","eventId":"x","userId":"u","titleId":"t","occurredAt":1e300,"sentAt":1,"ingestedAt":1}':
    'the value is not an event: the field occurredAt is missing or has another type',
  '{"type":"play","eventId":"x","userId":"u","titleId":"t","occurredAt":1,"sentAt":1}':
    'the value is not an event: the field ingestedAt is missing or has another type',
};
const byKey = (one: { key: string }, other: { key: string }) => one.key.localeCompare(other.key);

/** SQL that counts the rows without repeated events. */
const EFFECTIVE = 'SELECT count(DISTINCT eventId)::INTEGER AS n FROM LAKE';

describe('archive', () => {
  it('writes one file per ingest hour, named by topic, partition and offsets', async () => {
    using fixture = handlerFixture();
    const events = [play('u-1', 't-1', NOON), play('u-1', 't-2', NOON + 1), play('u-1', 't-3', NOON + HOUR)];
    await run(fixture, delivered(events, { first: 40, partition: 2 }));
    expect(await keys(fixture)).toEqual([
      'lake/events.v1/date=2026-01-05/hour=12/events.v1-2-40-41.parquet',
      'lake/events.v1/date=2026-01-05/hour=13/events.v1-2-42-42.parquet',
    ]);
  });

  it('stores every field of every event type, with partition, offset and correlation id', async () => {
    using fixture = handlerFixture();
    const base = { eventId: 'e-i', userId: 'u-1', occurredAt: NOON, sentAt: NOON, ingestedAt: NOON };
    const events: StoredEvent[] = [
      title('t-1', ['Drama', 'Crime']),
      signup('u-1', 'SE'),
      { ...base, type: 'impression', requestId: 'r-1', titleIds: ['t-1', 't-2'], device: 'tv', sessionId: 's-1' },
      { ...base, eventId: 'e-r', type: 'rate', titleId: 't-1', rating: 4.5 },
      { ...base, eventId: 'e-s', type: 'search', query: 'it’s "quoted",\nand broken 🎬' },
    ];
    const records = events.map((event, offset) => ({
      ...recordOf(event),
      partition: 1,
      offset,
      headers: { 'x-correlation-id': `trace-${offset}` },
    }));
    await run(fixture, mskEvent(EVENTS, records));
    const found = await rows<Record<string, unknown>>(fixture, EVENTS, 'SELECT * FROM LAKE ORDER BY "offset"');
    expect(found).toHaveLength(5);
    for (const [i, event] of events.entries()) {
      const stored = Object.fromEntries(
        Object.entries(found[i] ?? {}).flatMap(([name, value]) =>
          value === null ? [] : [[name, typeof value === 'bigint' ? Number(value) : value]],
        ),
      );
      expect(stored).toEqual({ ...upcast(event), partition: 1, offset: i, correlationId: `trace-${i}` });
    }
  });

  it('stores both versions of a play in the newest schema', async () => {
    using fixture = handlerFixture();
    const old = play('u-1', 't-1');
    const fresh = { ...play('u-1', 't-2'), schemaVersion: 2, completion: 0.5 } as StoredEvent;
    await run(fixture, delivered([old, fresh]));
    const found = await rows(fixture, EVENTS, 'SELECT titleId, schemaVersion, completion FROM LAKE ORDER BY "offset"');
    expect(found).toEqual([
      { titleId: 't-1', schemaVersion: 2, completion: null },
      { titleId: 't-2', schemaVersion: 2, completion: 0.5 },
    ]);
  });

  it('stores exposures with positions and propensities', async () => {
    using fixture = handlerFixture();
    const exposure: Exposure = {
      type: 'exposure',
      eventId: 'r-1',
      requestId: 'r-1',
      userId: 'u-1',
      occurredAt: NOON,
      ingestedAt: NOON,
      policy: 'model',
      modelVersion: 'abc',
      degraded: null,
      country: 'SE',
      device: null,
      items: [{ titleId: 't-1', position: 1, score: 0.5, source: 'index', propensity: 0.9 }],
    };
    const record = {
      key: 'u-1',
      value: JSON.stringify(exposure),
      timestamp: NOON,
      headers: {},
      partition: 0,
      offset: 0,
    };
    await run(fixture, mskEvent(EXPOSURES, [record]));
    const [item] = await rows<{ item: object }>(fixture, EXPOSURES, 'SELECT unnest(items) AS item FROM LAKE');
    expect(item?.item).toEqual(exposure.items[0]);
  });

  it('overwrites the same file with the same bytes if a batch is redelivered', async () => {
    using fixture = handlerFixture();
    const event = delivered([play('u-1', 't-1'), play('u-1', 't-2')]);
    await run(fixture, event);
    const [key = ''] = await keys(fixture);
    const before = await fixture.lake.get(key);
    await run(fixture, event);
    expect(await keys(fixture)).toEqual([key]);
    expect(await fixture.lake.get(key)).toEqual(before);
  });

  it('has an exactly-once effect if records are redelivered in other batches', async () => {
    using fixture = handlerFixture();
    const events = Array.from({ length: 10 }, (_, n) => play('u-1', `t-${n}`));
    await run(fixture, delivered(events));
    await run(fixture, delivered(events.slice(3, 7), { first: 3 }));
    expect(await rows(fixture, EVENTS, EFFECTIVE)).toEqual([{ n: 10 }]);
  });

  it('archives all readable records, and appends poison to the dead letters once per delivery, with its reason', async () => {
    using fixture = handlerFixture();
    const good = [play('u-1', 't-1'), play('u-1', 't-2')].map((event, offset) => ({
      ...recordOf(event),
      headers: {},
      partition: 0,
      offset: 7 + offset,
    }));
    const after = { ...recordOf(play('u-1', 't-3')), headers: {}, partition: 0 };
    const values = Object.keys(POISON);
    const poison = values.map((value, i) => ({ ...after, value, offset: 9 + i, key: 'u-7' }));
    const batch = mskEvent(EVENTS, [...good, ...poison, { ...after, offset: 9 + values.length }]);
    await run(fixture, batch);
    expect(await rows(fixture, EVENTS, EFFECTIVE)).toEqual([{ n: 3 }]);
    const letters = await recordsOf(fixture.eventLog, EVENTS_DLQ);
    expect(letters.map(({ key, value, headers }) => ({ key, value, headers })).sort(byKey)).toEqual(
      values
        .map((value, i) => ({
          key: `events.v1/0/${9 + i}`,
          value,
          headers: {
            'x-origin': `events.v1/0/${9 + i}`,
            'x-consumer': 'archiver',
            'x-reason': POISON[value],
            'x-key': 'u-7',
          },
        }))
        .sort(byKey),
    );
    expect(fixture.telemetry.counts.get('DeadLetters')).toBe(values.length);
    // The SLO archive-delivery counts the batch as bad.
    expect(fixture.telemetry.counts.get('Errors')).toBe(1);
    // A retry of the batch appends letters with the same keys, so readers see no new ones.
    await run(fixture, batch);
    const keysOfLetters = (await recordsOf(fixture.eventLog, EVENTS_DLQ)).map(({ key }) => key);
    expect(new Set(keysOfLetters)).toEqual(new Set(letters.map(({ key }) => key)));
    const skipped = await fixture.lake.list('skipped/');
    expect(skipped.map(({ key }) => key).sort()).toEqual(
      values.map((_, i) => `skipped/events.v1/0-${9 + i}.json`).sort(),
    );
  });

  it('fails the batch, and loses nothing, if the lake or the dead letters cannot be written', async () => {
    using fixture = handlerFixture();
    const full = async () => {
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    };
    const record = { ...recordOf(play('u-1', 't-1')), headers: {}, partition: 0, offset: 0 };
    const batch = mskEvent(EVENTS, [record, { ...record, value: '{', offset: 1 }]);
    for (const broken of [{ lake: { put: full } }, { eventLog: { append: full } }]) {
      const attempt = call<void>(archive({ ...fixture, ...broken }), batch, 'archive');
      await expect(attempt).rejects.toThrow(/ENOSPC/);
      expect(await fixture.lake.list('skipped/')).toEqual([]);
    }
    await run(fixture, batch);
    expect(await rows(fixture, EVENTS, EFFECTIVE)).toEqual([{ n: 1 }]);
  });

  it('leaves no temporary files', async () => {
    using fixture = handlerFixture();
    await run(fixture, delivered([play('u-1', 't-1')]));
    expect((await keys(fixture)).every((key) => key.endsWith('.parquet'))).toBe(true);
  });
});
