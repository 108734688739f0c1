import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DAY } from '#domain/core/time.ts';
import { EVENTS, EVENTS_DLQ } from '#domain/events/event-log-topics.ts';
import { eventKey } from '#domain/events/idempotency-key.ts';
import { userFeaturesKey, userKey } from '#domain/features/feature-names-and-online-items.ts';
import { watermarkKey } from '#domain/features/online-features-watermark-types.ts';
import { REDACTED } from '#ports/event-log.ts';
import type { ItemKey } from '#ports/table.ts';
import { archive } from '../../../functions/data-collection/archive/handler.ts';
import { ARCHIVER } from '../../../functions/data-collection/await-archive/handler.ts';
import { compact } from '../../../functions/data-collection/compact/handler.ts';
import { forgetUser, tracesOf } from '../../../functions/data-collection/forget/forget-user.ts';
import { replayDays } from '../../../functions/data-collection/lake/rewrite-days-from-log.ts';
import { isSound, verifyTopic } from '../../../functions/data-collection/lake/verify-topic.ts';
import { updateOnline } from '../../../functions/feature-engineering/update-online/handler.ts';
import { mskEvent } from '../../../localstack/embedded/aws/event-source-mapping.ts';
import {
  call,
  type HandlerFixture,
  handlerFixture,
  NOON,
  play,
  recordOf,
  recordsOf,
  title,
} from '../handler-fixture.ts';

let fixture: HandlerFixture;
const NOTHING = { log: 0, lake: 0, tables: 0 };

beforeEach(async () => {
  fixture = handlerFixture();
  const events = [
    title('t-1'),
    ...Array.from({ length: 30 }, (_, i) => play(`u-${i % 3}`, `t-${i}`, NOON + i, `e-${i}`)),
    play('u-11', 't-1', NOON + 40, 'e-of-u-11'),
  ];
  await fixture.eventLog.append(EVENTS, events.map(recordOf));
  const raw = JSON.stringify({ type: 'play', userId: 'u-1', eventId: 'broken' });
  const letter = JSON.stringify({ code: 'missing_field', reason: 'titleId', receivedAt: NOON, raw });
  await fixture.eventLog.append(EVENTS_DLQ, [{ key: 'broken', value: letter, timestamp: NOON }]);
  await fixture.idempotency.putMany(events.map(({ eventId }) => ({ key: eventKey(eventId), item: { at: NOON } })));
  const materialised = ['u-0', 'u-1', 'u-11'].map(userFeaturesKey);
  await fixture.features.putMany(materialised.map((key) => ({ key, item: { plays7d: 1 } })));
  await fixture.features.put(watermarkKey, { asOf: NOON });
  for (const [partition, records] of Map.groupBy(
    await recordsOf(fixture.eventLog, EVENTS),
    (record) => record.partition,
  )) {
    await call(archive(fixture), mskEvent(EVENTS, records), 'archive');
    await call(updateOnline(fixture), mskEvent(EVENTS, records), 'update-online');
    await fixture.eventLog.commit(ARCHIVER, EVENTS, { partition, offset: records.length });
  }
  fixture.clock.at = NOON + 3 * DAY;
  await call(compact(fixture), {}, 'compact');
});
afterEach(() => fixture[Symbol.dispose]());

describe('forgetting a user', () => {
  it('deletes all data of the user and none of other users', async () => {
    const { removed, remaining } = await forgetUser('u-1', fixture);
    expect(removed).toEqual({ log: 11, lake: 10, tables: 2 });
    expect(remaining).toEqual(NOTHING);
    expect(await tracesOf('u-0', fixture)).toEqual({ log: 10, lake: 10, tables: 2 });
    expect(await tracesOf('u-11', fixture)).toEqual({ log: 1, lake: 1, tables: 2 });
    expect(await fixture.idempotency.get(eventKey('e-1'))).toBeUndefined();
    expect(await fixture.idempotency.get(eventKey('e-0'))).toBeDefined();
    const left = JSON.stringify([
      await recordsOf(fixture.eventLog, EVENTS),
      await recordsOf(fixture.eventLog, EVENTS_DLQ),
    ]);
    expect(left).not.toContain('u-1"');
  });

  it('keeps the log’s offsets, so that consumers and verification continue', async () => {
    const before = await fixture.eventLog.partitions(EVENTS);
    await forgetUser('u-1', fixture);
    expect(await fixture.eventLog.partitions(EVENTS)).toEqual(before);
    expect(isSound(await verifyTopic(EVENTS, fixture))).toBe(true);
    const records = await recordsOf(fixture.eventLog, EVENTS);
    expect(records.filter(({ value }) => value === REDACTED)).toHaveLength(10);
    for (const mine of Map.groupBy(records, ({ partition }) => partition).values()) {
      await call(updateOnline(fixture), mskEvent(EVENTS, mine), 'update-online');
    }
    expect(await fixture.features.get(userKey('u-1'))).toBeUndefined();
  });

  it('is not undone by a replay, and makes the next refresh recompute the features', async () => {
    await forgetUser('u-1', fixture);
    await replayDays(EVENTS, { from: '2026-01-01', to: '2026-12-31' }, fixture);
    expect(await tracesOf('u-1', fixture)).toEqual(NOTHING);
    expect(await fixture.features.get(watermarkKey)).toBeUndefined();
  });

  it.each(['t-1', 'play', 'e-0'])(
    'deletes no data of others if a title, type or event has the id %s too',
    async (id) => {
      await fixture.eventLog.append(EVENTS, [recordOf(play(id, 't-2', NOON, 'theirs'))]);
      const left = async () => (await recordsOf(fixture.eventLog, EVENTS)).filter(({ value }) => value !== REDACTED);
      const before = await left();
      expect((await forgetUser(id, fixture)).removed.log).toBe(1);
      expect(await left()).toEqual(before.filter(({ value }) => !value.includes('"theirs"')));
    },
  );

  it('makes the next refresh recompute the features after an interruption, too', async () => {
    const interrupted = { ...fixture.features, delete: dyingAt(fixture.features, userKey('u-1').sk) };
    await expect(forgetUser('u-1', { ...fixture, features: interrupted })).rejects.toThrow('killed');
    expect((await forgetUser('u-1', fixture)).remaining).toEqual(NOTHING);
    expect(await fixture.features.get(watermarkKey)).toBeUndefined();
  });

  it('deletes the pages with older titles of a user, also after an interruption', async () => {
    const { features } = fixture;
    const profile = await features.get<object>(userKey('u-1'));
    await features.put(userKey('u-1'), { ...profile, seenPages: 2 });
    for (const sk of ['seen#0', 'seen#1']) await features.put({ pk: 'user#u-1', sk }, { titleIds: 't-8 t-9' });
    const interrupted = { ...features, delete: dyingAt(features, 'seen#1') };
    await expect(forgetUser('u-1', { ...fixture, features: interrupted })).rejects.toThrow('killed');
    expect((await forgetUser('u-1', fixture)).remaining).toEqual(NOTHING);
    expect(await features.query('user#u-1')).toEqual([]);
  });

  it('can be repeated, and accepts an unknown user', async () => {
    await forgetUser('u-1', fixture);
    expect((await forgetUser('u-1', fixture)).removed).toEqual(NOTHING);
    expect((await forgetUser('nobody', fixture)).removed).toEqual(NOTHING);
  });

  it('returns a certificate that identifies the user only to someone who knows the id', async () => {
    const { seal, ...body } = await forgetUser('u-1', fixture);
    expect(JSON.stringify(body)).not.toContain('u-1');
    expect(body.user).toBe(createHash('sha256').update(body.salt).update('u-1').digest('hex'));
    expect(body.forgottenAt).toBe(NOON + 3 * DAY);
    expect(seal).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is rejected if the log cannot delete records', async () => {
    const { redact: _, ...eventLog } = fixture.eventLog;
    await expect(forgetUser('u-1', { ...fixture, eventLog })).rejects.toMatchObject({ code: 'BRICK_CANNOT_FORGET' });
  });
});

/** Returns a `delete` that fails at the item with this sort key, as if the process died there. */
const dyingAt = (features: HandlerFixture['features'], sk: string) => async (key: ItemKey) => {
  if (key.sk === sk) throw new Error('killed');
  await features.delete(key);
};
