import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Api } from '#domain/events/collect-and-recommend-contract.ts';
import { EVENTS, EVENTS_DLQ } from '#domain/events/event-log-topics.ts';
import { archive } from '../../../functions/data-collection/archive/handler.ts';
import { deadLettersIn } from '../../../functions/data-collection/dead-letters/read-dead-letters.ts';
import { replayDeadLetters } from '../../../functions/data-collection/dead-letters/replay-dead-letters.ts';
import { skipRecord } from '../../../functions/data-collection/dead-letters/skip-blocking-record.ts';
import { forgetUser, tracesOf } from '../../../functions/data-collection/forget/forget-user.ts';
import { isSound, verifyTopic } from '../../../functions/data-collection/lake/verify-topic.ts';
import { mskEvent } from '../../../localstack/embedded/aws/event-source-mapping.ts';
import { call, type HandlerFixture, handlerFixture, NOON, play, recordOf, recordsOf } from '../handler-fixture.ts';

const groups = ['archiver', 'online-features'];

let fixture: HandlerFixture;
beforeEach(() => {
  fixture = handlerFixture();
});
afterEach(() => fixture[Symbol.dispose]());

const letters = () => Array.fromAsync(deadLettersIn(fixture.eventLog));
const unused: Api = async () => {
  throw new Error('the API was called');
};

/** Appends records of user u-1, and archives their partition. */
async function archived(values: readonly string[]): Promise<number> {
  await fixture.eventLog.append(
    EVENTS,
    values.map((value) => ({ key: 'u-1', value, timestamp: NOON })),
  );
  const records = (await recordsOf(fixture.eventLog, EVENTS)).filter(({ key }) => key === 'u-1');
  await call(archive(fixture), mskEvent(EVENTS, records), 'archive');
  const [{ partition } = { partition: 0 }] = records;
  await fixture.eventLog.commit('archiver', EVENTS, { partition, offset: records.length });
  return partition;
}

describe('dead letters', () => {
  it('are listed once per record, although the batch was delivered twice', async () => {
    const partition = await archived([JSON.stringify(play('u-1', 't-1')), 'nonsense']);
    await call(archive(fixture), mskEvent(EVENTS, (await recordsOf(fixture.eventLog, EVENTS)).slice(0, 2)), 'archive');
    expect((await recordsOf(fixture.eventLog, EVENTS_DLQ)).length).toBe(2);
    expect(await letters()).toEqual([
      {
        topic: EVENTS,
        consumer: 'archiver',
        origin: `${EVENTS}/${partition}/1`,
        reason: 'the value is not JSON',
        at: NOON,
        value: 'nonsense',
        key: 'u-1',
      },
    ]);
  });

  it('explain why a record is missing from the lake, so that verification expects it', async () => {
    const partition = await archived([JSON.stringify(play('u-1', 't-1')), 'nonsense']);
    expect(await verifyTopic(EVENTS, fixture)).toMatchObject({ rows: 1, missing: 0, skipped: 1 });
    await fixture.lake.delete(`skipped/${EVENTS}/${partition}-1.json`);
    const verification = await verifyTopic(EVENTS, fixture);
    expect(verification).toMatchObject({ missing: 1, skipped: 0 });
    expect(isSound(verification)).toBe(false);
  });

  it('of a user are forgotten, even if only the record’s key names the user', async () => {
    await archived(['{"secret":"of u one"}']);
    expect((await tracesOf('u-1', fixture)).log).toBe(2);
    await forgetUser('u-1', fixture);
    expect((await tracesOf('u-1', fixture)).log).toBe(0);
    expect(await letters()).toEqual([]);
    expect(JSON.stringify(await recordsOf(fixture.eventLog, EVENTS_DLQ))).not.toMatch(/secret|u-1/);
  });
});

describe('a replay', () => {
  it('appends records that can be read now to their topic, and reports the others', async () => {
    const readable = JSON.stringify(play('u-1', 't-1', NOON, 'e-1'));
    const origin = { 'x-origin': `${EVENTS}/0/7`, 'x-consumer': 'archiver', 'x-reason': 'a bug', 'x-key': 'u-1' };
    await fixture.eventLog.append(EVENTS_DLQ, [
      { key: 'a', value: readable, timestamp: NOON, headers: origin },
      { key: 'b', value: '5', timestamp: NOON, headers: { ...origin, 'x-origin': `${EVENTS}/0/8` } },
    ]);
    const result = await replayDeadLetters({ ...fixture, api: unused });
    expect(result).toMatchObject({ replayed: 1, duplicates: 0 });
    expect(result.rejected).toMatchObject([{ letter: { value: '5' }, reason: 'the value is not a JSON object' }]);
    expect(await recordsOf(fixture.eventLog, EVENTS)).toMatchObject([{ key: 'u-1', value: readable }]);
  });

  it('sends rejected events to the ingestion API, but no event that is incomplete', async () => {
    const raws = ['{"eventId":"e-1"}', '{"eventId":"e-2"}', '{"eventId":"e-3"}', '{"eventId":"e-4'];
    await fixture.eventLog.append(
      EVENTS_DLQ,
      raws.map((raw, i) => {
        const value = JSON.stringify({ code: 'validator_failed', reason: 'a bug', receivedAt: NOON, raw });
        return { key: `e-${i}`, value, timestamp: NOON };
      }),
    );
    const bodies: string[] = [];
    const replies = [
      { accepted: 1, duplicates: 0, rejected: [] },
      { accepted: 0, duplicates: 1, rejected: [] },
      { accepted: 0, duplicates: 0, rejected: [{ index: 0, eventId: null, code: 'invalid_event', reason: 'no type' }] },
    ];
    const api: Api = async ({ body = '' }) => {
      const reply = replies[bodies.length];
      bodies.push(body);
      return { status: 202, headers: {}, body: JSON.stringify(reply) };
    };
    const { replayed, duplicates, rejected } = await replayDeadLetters({ ...fixture, api });
    expect([replayed, duplicates]).toEqual([1, 1]);
    expect(bodies).toHaveLength(3);
    expect(rejected.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/^invalid_event: no type|not complete/),
      expect.stringMatching(/^invalid_event: no type|not complete/),
    ]);
  });
});

describe('skipping a record', () => {
  it('moves the consumers that wait at it, and makes it a dead letter', async () => {
    const record = recordOf(play('u-1', 't-1'));
    const [position] = await fixture.eventLog.append(EVENTS, [record, record]);
    const partition = position?.partition ?? 0;
    await fixture.eventLog.commit('online-features', EVENTS, { partition, offset: 1 });
    expect(await skipRecord(EVENTS, { partition, offset: 0 }, { ...fixture, groups })).toEqual(['archiver']);
    expect((await fixture.eventLog.committed('archiver', EVENTS)).get(partition)).toBe(1);
    expect(await letters()).toMatchObject([{ consumer: 'archiver', reason: 'an operator skipped the record' }]);
    expect(await verifyTopic(EVENTS, fixture)).toMatchObject({ missing: 0, skipped: 1 });
    expect(await skipRecord(EVENTS, { partition, offset: 1 }, { ...fixture, groups })).toEqual([
      'archiver',
      'online-features',
    ]);
  });

  it.each([
    [5, 0, /no such partition|waits at offset 0/],
    [0, 9, /waits at offset 0/],
    [9, 0, /no such partition/],
  ])('is rejected if no consumer waits there: partition %i, offset %i', async (partition, offset, why) => {
    await expect(skipRecord(EVENTS, { partition, offset }, { ...fixture, groups })).rejects.toThrow(why);
    expect(await letters()).toEqual([]);
  });
});
