import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DAY } from '#domain/core/time.ts';
import { eventKey } from '#domain/events/events.ts';
import { EVENTS, EVENTS_DLQ } from '#domain/events/topics.ts';
import { userFeaturesKey, userKey } from '#domain/features/features.ts';
import { watermarkKey } from '#domain/features/watermark.ts';
import { REDACTED } from '#ports/event-log.ts';
import type { ItemKey } from '#ports/table.ts';
import { archive } from '../../../functions/data-collection/archive/handler.ts';
import { ARCHIVER } from '../../../functions/data-collection/await-archive/handler.ts';
import { compact } from '../../../functions/data-collection/compact/handler.ts';
import { forgetUser, tracesOf } from '../../../functions/data-collection/forget/forget-user.ts';
import { replayDays } from '../../../functions/data-collection/lake/replay-days.ts';
import { isSound, verifyTopic } from '../../../functions/data-collection/lake/verify-topic.ts';
import { updateOnline } from '../../../functions/feature-engineering/update-online/handler.ts';
import { mskEvent } from '../../../localstack/embedded/aws/event-source-mapping.ts';
import { call, NOON, play, recordOf, recordsOf, title, type Workbench, workbench } from '../handler-fixture.ts';

let bench: Workbench;
const NOTHING = { log: 0, lake: 0, tables: 0 };

beforeEach(async () => {
  bench = workbench();
  const events = [
    title('t-1'),
    ...Array.from({ length: 30 }, (_, i) => play(`u-${i % 3}`, `t-${i}`, NOON + i, `e-${i}`)),
    play('u-11', 't-1', NOON + 40, 'e-of-u-11'),
  ];
  await bench.eventLog.append(EVENTS, events.map(recordOf));
  const raw = JSON.stringify({ type: 'play', userId: 'u-1', eventId: 'broken' });
  const letter = JSON.stringify({ code: 'missing_field', reason: 'titleId', receivedAt: NOON, raw });
  await bench.eventLog.append(EVENTS_DLQ, [{ key: 'broken', value: letter, timestamp: NOON }]);
  await bench.idempotency.putMany(events.map(({ eventId }) => ({ key: eventKey(eventId), item: { at: NOON } })));
  const materialised = ['u-0', 'u-1', 'u-11'].map(userFeaturesKey);
  await bench.features.putMany(materialised.map((key) => ({ key, item: { plays7d: 1 } })));
  await bench.features.put(watermarkKey, { asOf: NOON });
  for (const [partition, records] of Map.groupBy(
    await recordsOf(bench.eventLog, EVENTS),
    (record) => record.partition,
  )) {
    await call(archive(bench), mskEvent(EVENTS, records), 'archive');
    await call(updateOnline(bench), mskEvent(EVENTS, records), 'update-online');
    await bench.eventLog.commit(ARCHIVER, EVENTS, { partition, offset: records.length });
  }
  bench.clock.at = NOON + 3 * DAY;
  await call(compact(bench), {}, 'compact');
});
afterEach(() => bench[Symbol.dispose]());

describe('forgetting a user', () => {
  it('deletes all data of the user and none of other users', async () => {
    const { removed, remaining } = await forgetUser('u-1', bench);
    expect(removed).toEqual({ log: 11, lake: 10, tables: 2 });
    expect(remaining).toEqual(NOTHING);
    expect(await tracesOf('u-0', bench)).toEqual({ log: 10, lake: 10, tables: 2 });
    expect(await tracesOf('u-11', bench)).toEqual({ log: 1, lake: 1, tables: 2 });
    expect(await bench.idempotency.get(eventKey('e-1'))).toBeUndefined();
    expect(await bench.idempotency.get(eventKey('e-0'))).toBeDefined();
    const left = JSON.stringify([await recordsOf(bench.eventLog, EVENTS), await recordsOf(bench.eventLog, EVENTS_DLQ)]);
    expect(left).not.toContain('u-1"');
  });

  it('keeps the log’s offsets, so that consumers and verification continue', async () => {
    const before = await bench.eventLog.partitions(EVENTS);
    await forgetUser('u-1', bench);
    expect(await bench.eventLog.partitions(EVENTS)).toEqual(before);
    expect(isSound(await verifyTopic(EVENTS, bench))).toBe(true);
    const records = await recordsOf(bench.eventLog, EVENTS);
    expect(records.filter(({ value }) => value === REDACTED)).toHaveLength(10);
    for (const mine of Map.groupBy(records, ({ partition }) => partition).values()) {
      expect(await call(updateOnline(bench), mskEvent(EVENTS, mine), 'update-online')).toEqual({
        batchItemFailures: [],
      });
    }
    expect(await bench.features.get(userKey('u-1'))).toBeUndefined();
  });

  it('is not undone by a replay, and makes the next refresh recompute the features', async () => {
    await forgetUser('u-1', bench);
    await replayDays(EVENTS, { from: '2026-01-01', to: '2026-12-31' }, bench);
    expect(await tracesOf('u-1', bench)).toEqual(NOTHING);
    expect(await bench.features.get(watermarkKey)).toBeUndefined();
  });

  it.each(['t-1', 'play', 'e-0'])(
    'deletes no data of others if a title, type or event has the id %s too',
    async (id) => {
      await bench.eventLog.append(EVENTS, [recordOf(play(id, 't-2', NOON, 'theirs'))]);
      const left = async () => (await recordsOf(bench.eventLog, EVENTS)).filter(({ value }) => value !== REDACTED);
      const before = await left();
      expect((await forgetUser(id, bench)).removed.log).toBe(1);
      expect(await left()).toEqual(before.filter(({ value }) => !value.includes('"theirs"')));
    },
  );

  it('makes the next refresh recompute the features after an interruption, too', async () => {
    const interrupted = { ...bench.features, delete: dyingAt(bench.features, userKey('u-1').sk) };
    await expect(forgetUser('u-1', { ...bench, features: interrupted })).rejects.toThrow('killed');
    expect((await forgetUser('u-1', bench)).remaining).toEqual(NOTHING);
    expect(await bench.features.get(watermarkKey)).toBeUndefined();
  });

  it('can be repeated, and accepts an unknown user', async () => {
    await forgetUser('u-1', bench);
    expect((await forgetUser('u-1', bench)).removed).toEqual(NOTHING);
    expect((await forgetUser('nobody', bench)).removed).toEqual(NOTHING);
  });

  it('returns a certificate that identifies the user only to someone who knows the id', async () => {
    const { seal, ...body } = await forgetUser('u-1', bench);
    expect(JSON.stringify(body)).not.toContain('u-1');
    expect(body.user).toBe(createHash('sha256').update(body.salt).update('u-1').digest('hex'));
    expect(body.forgottenAt).toBe(NOON + 3 * DAY);
    expect(seal).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is rejected if the log cannot delete records', async () => {
    const { redact: _, ...eventLog } = bench.eventLog;
    await expect(forgetUser('u-1', { ...bench, eventLog })).rejects.toMatchObject({ code: 'BRICK_CANNOT_FORGET' });
  });
});

/** Deletes items until the one with this sort key, where the process dies. */
const dyingAt = (features: Workbench['features'], sk: string) => async (key: ItemKey) => {
  if (key.sk === sk) throw new Error('killed');
  await features.delete(key);
};
