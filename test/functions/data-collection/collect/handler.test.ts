import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { realDeadlines } from '#adapters/deadlines/real-time-deadlines.ts';
import {
  type CollectReply,
  MAX_BATCH,
  MAX_BODY_BYTES,
  Problem,
} from '#domain/events/collect-and-recommend-contract.ts';
import { EVENTS, EVENTS_DLQ } from '#domain/events/event-log-topics.ts';
import { collect } from '../../../../functions/data-collection/collect/handler.ts';
import { validateEvent } from '../../../../functions/data-collection/validate-event.ts';
import { contextOf } from '../../../../localstack/embedded/aws/api-gateway.ts';
import { call, type HandlerFixture, handlerFixture, NOON, recordsOf } from '../../handler-fixture.ts';

interface Response {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: CollectReply & Problem;
}

const JSON_HEADERS = { 'content-type': 'application/json' };

async function post(
  fixture: Pick<HandlerFixture, 'eventLog' | 'idempotency' | 'now' | 'telemetry'>,
  body: unknown,
  { headers = JSON_HEADERS as Record<string, string>, validate = validateEvent, isBase64Encoded = false } = {},
): Promise<Response> {
  const handler = collect({ ...fixture, validateEvent: validate });
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const reply = await call<{ statusCode: number; headers: Record<string, string>; body: string }>(handler, {
    headers,
    body: text,
    isBase64Encoded,
  });
  return { status: reply.statusCode, headers: reply.headers, body: JSON.parse(reply.body) };
}

const playOf = (n: number | string, fields: object = {}) => ({
  type: 'play',
  eventId: `e-${n}`,
  userId: `u-${n}`,
  titleId: 't-1',
  occurredAt: NOON - 2,
  sentAt: NOON - 1,
  ...fields,
});

describe('collect', () => {
  it('accepts the valid events of a batch and returns index, code and reason of each other one', async () => {
    using fixture = handlerFixture();
    const events = [playOf(0), playOf(1, { titleId: 7 }), playOf(2), { type: 'dance', eventId: 'e-x' }, 'text', null];
    const { status, body } = await post(fixture, { events });
    expect(status).toBe(202);
    expect(body.accepted).toBe(2);
    expect(body.rejected.map(({ index, eventId, code }) => [index, eventId, code])).toEqual([
      [1, 'e-1', 'invalid_field'],
      [3, 'e-x', 'unknown_type'],
      [4, null, 'invalid_event'],
      [5, null, 'invalid_event'],
    ]);
    expect((await recordsOf(fixture.eventLog, EVENTS)).map(({ key }) => key).sort()).toEqual(['u-0', 'u-2']);
  });

  it('returns 400 and the reasons if no event is valid', async () => {
    using fixture = handlerFixture();
    const { status, body } = await post(fixture, playOf(0, { userId: undefined }));
    expect(status).toBe(400);
    expect(body.rejected).toMatchObject([{ index: 0, code: 'missing_field' }]);
    expect(body.rejected[0]?.reason).toContain('userId');
  });

  it('returns 422 if only the timestamps of the events are invalid', async () => {
    using fixture = handlerFixture();
    const hour = 3_600_000;
    const ahead = playOf(0, { sentAt: NOON + hour });
    const before = playOf(1, { occurredAt: NOON - 1, sentAt: NOON - hour });
    const { status, body } = await post(fixture, { events: [ahead, before] });
    expect(status).toBe(422);
    expect(body.rejected.map(({ code }) => code)).toEqual(['from_the_future', 'occurred_after_sent']);
    expect((await post(fixture, { events: [ahead, playOf(2, { titleId: 7 })] })).status).toBe(400);
    expect((await post(fixture, { events: [ahead, playOf(3)] })).status).toBe(202);
  });

  it('stamps accepted events with the service’s clock and keeps the client’s two timestamps', async () => {
    using fixture = handlerFixture();
    await post(fixture, playOf(0), { headers: { ...JSON_HEADERS, 'x-correlation-id': 'trace-1' } });
    const [record] = await recordsOf(fixture.eventLog, EVENTS);
    expect(JSON.parse(record?.value ?? '')).toEqual({ ...playOf(0), ingestedAt: NOON });
    expect(record).toMatchObject({ key: 'u-0', timestamp: NOON, headers: { 'x-correlation-id': 'trace-1' } });
  });

  it('accepts an event once, regardless of repeats in the batch and in later batches', async () => {
    using fixture = handlerFixture();
    const event = playOf(0);
    expect((await post(fixture, { events: [event, event, event] })).body).toMatchObject({ accepted: 1, duplicates: 2 });
    expect((await post(fixture, event)).body).toMatchObject({ accepted: 0, duplicates: 1 });
    expect(await recordsOf(fixture.eventLog, EVENTS)).toHaveLength(1);
  });

  it('returns 202 for a repeated batch, so that clients stop resending it', async () => {
    using fixture = handlerFixture();
    await post(fixture, playOf(0));
    expect((await post(fixture, playOf(0))).status).toBe(202);
  });

  it('loses and invents nothing if concurrent requests carry the same events', async () => {
    using fixture = handlerFixture();
    const events = Array.from({ length: 20 }, (_, n) => playOf(n));
    const responses = await Promise.all(Array.from({ length: 8 }, () => post(fixture, { events })));
    expect(responses.map(({ status }) => status)).toEqual(Array(8).fill(202));
    const stored = (await recordsOf(fixture.eventLog, EVENTS)).map(({ value }) => JSON.parse(value).eventId as string);
    // A concurrent repeat may be appended twice, because readers deduplicate. Every sent event must be stored, and no
    // other event.
    expect([...new Set(stored)].sort()).toEqual(events.map(({ eventId }) => eventId).sort());
    expect((await post(fixture, { events })).body).toMatchObject({ accepted: 0, duplicates: 20 });
  });

  it('responds only after the events are durable', async () => {
    using fixture = handlerFixture();
    const order: string[] = [];
    const eventLog = {
      append: async (topic: string, records: Parameters<typeof fixture.eventLog.append>[1]) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        const positions = await fixture.eventLog.append(topic, records);
        order.push('durable');
        return positions;
      },
    };
    await post({ ...fixture, eventLog: { ...fixture.eventLog, ...eventLog } }, playOf(0));
    order.push('responded');
    expect(order).toEqual(['durable', 'responded']);
  });

  it('accepts the repeat of an event that could not be appended', async () => {
    using fixture = handlerFixture();
    const broken = { ...fixture.eventLog, append: () => Promise.reject(new Error('no broker')) };
    expect((await post({ ...fixture, eventLog: broken }, playOf(0))).status).toBe(500);
    expect((await post(fixture, playOf(0))).body).toMatchObject({ accepted: 1, duplicates: 0 });
  });

  it('responds with 504 shortly before the function’s time ends', async () => {
    using fixture = handlerFixture();
    const eventLog = { ...fixture.eventLog, append: () => new Promise<never>(() => {}) };
    const handler = collect({ ...fixture, eventLog, validateEvent }) as unknown as (
      event: object,
      context: object,
    ) => Promise<{ statusCode: number; body: string }>;
    const body = JSON.stringify(playOf(0));
    const reply = await handler({ headers: JSON_HEADERS, body }, contextOf('collect', realDeadlines().start(20)));
    expect(reply.statusCode).toBe(504);
    expect(JSON.parse(reply.body)).toMatchObject({ code: 'BRICK_FUNCTION_FAILED', why: expect.any(String) });
  });

  it('writes each rejected event to the dead letters, with the reason', async () => {
    using fixture = handlerFixture();
    await post(fixture, { events: [playOf(0), playOf(1, { titleId: '' }), { odd: 'x'.repeat(10_000) }] });
    const letters = (await recordsOf(fixture.eventLog, EVENTS_DLQ)).map(({ value }) => JSON.parse(value));
    const [known, unknown] = letters.sort((a) => (a.code === 'invalid_field' ? -1 : 1));
    expect(known).toMatchObject({ code: 'invalid_field', receivedAt: NOON });
    expect(JSON.parse(known.raw)).toEqual(playOf(1, { titleId: '' }));
    expect(unknown.raw.length).toBeLessThanOrEqual(4_096);
  });

  it('rejects only the event if the validator throws or returns nonsense', async () => {
    using fixture = handlerFixture();
    const throwing = () => {
      throw new Error('learner’s bug');
    };
    const { body } = await post(fixture, playOf(0), { validate: throwing });
    expect(body.rejected[0]).toMatchObject({ code: 'validator_failed' });
    expect(body.rejected[0]?.reason).toContain('learner’s bug');
    const silent = (() => ({ ok: true, event: {} })) as unknown as typeof validateEvent;
    expect((await post(fixture, playOf(0), { validate: silent })).body.rejected[0]?.code).toBe('validator_failed');
    const absent = (() => undefined) as unknown as typeof validateEvent;
    expect((await post(fixture, playOf(0), { validate: absent })).body.rejected[0]?.code).toBe('validator_failed');
  });

  it('counts accepted, duplicate and rejected events', async () => {
    using fixture = handlerFixture();
    await post(fixture, { events: [playOf(0), playOf(0), 'bad'] });
    expect(Object.fromEntries(fixture.telemetry.counts)).toMatchObject({
      Invocations: 1,
      Accepted: 1,
      Duplicates: 1,
      Rejected: 1,
    });
  });

  describe('rejects a body', () => {
    const cases: [string, unknown, Record<string, string>, number][] = [
      ['that is not JSON', '{"events": [', JSON_HEADERS, 400],
      ['that is empty', '', JSON_HEADERS, 400],
      ['of no events', { events: [] }, JSON_HEADERS, 400],
      ['of too many events', { events: Array(MAX_BATCH + 1).fill({}) }, JSON_HEADERS, 400],
      ['that is too large', `"${'x'.repeat(MAX_BODY_BYTES)}"`, JSON_HEADERS, 413],
      ['nested too deeply', '['.repeat(20_000), JSON_HEADERS, 400],
      ['of another media type', 'a,b', { 'content-type': 'text/csv' }, 415],
      ['without a media type', '{}', {}, 415],
      ['that is compressed', '{}', { ...JSON_HEADERS, 'content-encoding': 'gzip' }, 415],
    ];
    it.each(cases)('%s, and names a fix', async (_, body, headers, status) => {
      using fixture = handlerFixture();
      const response = await post(fixture, body, { headers });
      expect(response.status).toBe(status);
      expect(Problem.parse(response.body).fix).toMatch(/\S/);
      expect(await recordsOf(fixture.eventLog, EVENTS)).toEqual([]);
    });

    const base64 = (bytes: Uint8Array | string) => Buffer.from(bytes).toString('base64');
    const one = JSON.stringify(playOf(0));
    it.each<[string, string, number]>([
      ['that is not UTF-8', base64(new Uint8Array([0x22, 0xff, 0x22])), 400],
      ['that is base64 twice', base64(base64(one)), 400],
      ['that is gzip without a content-encoding', base64(gzipSync(one)), 400],
      ['that is too large after decoding', base64(`"${'x'.repeat(MAX_BODY_BYTES)}"`), 413],
      ['that is plain JSON with the flag isBase64Encoded', one, 400],
    ])('%s, if API Gateway passes base64', async (_, body, status) => {
      using fixture = handlerFixture();
      const response = await post(fixture, body, { isBase64Encoded: true });
      expect(response.status).toBe(status);
      expect(response.body.code).toBe('BRICK_BAD_REQUEST');
      expect((await post(fixture, base64(one), { isBase64Encoded: true })).status).toBe(202);
    });
  });

  it.each([false, true])(
    'accepts a byte order mark before the JSON, with isBase64Encoded %s',
    async (isBase64Encoded) => {
      using fixture = handlerFixture();
      const text = `\ufeff${JSON.stringify(playOf(0))}`;
      const body = isBase64Encoded ? Buffer.from(text).toString('base64') : text;
      expect((await post(fixture, body, { isBase64Encoded })).status).toBe(202);
      expect((await post(fixture, body.slice(0, -8), { isBase64Encoded })).status).toBe(400);
      expect((await post(fixture, `${isBase64Encoded ? '77u/' : '\ufeff'}${body}`, { isBase64Encoded })).status).toBe(
        400,
      );
    },
  );

  it('accepts the largest allowed batch, and does not count brackets in strings as nesting', async () => {
    using fixture = handlerFixture();
    const events = Array.from({ length: MAX_BATCH }, (_, n) => ({
      ...playOf(n, { titleId: undefined }),
      type: 'search',
      query: '[[[[[[{{{{{{\\"[[[',
    }));
    expect((await post(fixture, { events })).body.accepted).toBe(MAX_BATCH);
  });

  it('returns 202 or 400 for every body', async () => {
    using fixture = handlerFixture();
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.json({ maxDepth: 4 }),
          fc.string(),
          fc.jsonValue().map((v) => JSON.stringify({ events: [v] })),
        ),
        async (body) => {
          expect([202, 400]).toContain((await post(fixture, body)).status);
        },
      ),
      { numRuns: 200 },
    );
  });
});
