import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAY, HOUR } from '#domain/core/time.ts';
import { MAX_BATCH } from '#domain/events/collect-and-recommend-contract.ts';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import { openRuntime, type Runtime } from '../../localstack/embedded/host/open-runtime.ts';
import type { HttpServer } from '../../localstack/embedded/http/http-server.ts';

const JSON_HEADERS = { 'content-type': 'application/json' };
const MEGA = 2 ** 20;

let folder: string;
let runtime: Runtime;
let server: HttpServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agentbricks-hostile-'));
  runtime = await openRuntime({ dataDir: folder });
  server = await runtime.listen(0);
});
afterAll(async () => {
  await server.close();
  await runtime[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const NOW = Date.now() - HOUR;
const play = (fields: object = {}) => ({
  type: 'play',
  eventId: 'e-hostile',
  userId: 'u-1',
  titleId: 't-1',
  occurredAt: NOW,
  sentAt: NOW,
  ...fields,
});
const text = JSON.stringify(play());
/** Returns a valid event with one more field, given as JSON text. */
const withField = (field: string) => `${text.slice(0, -1)},${field}}`;
const nested = (levels: number) => withField(`"x":${'['.repeat(levels)}${']'.repeat(levels)}`);
const search = (query: string) => text.replace('"play"', '"search"').replace('"titleId":"t-1"', `"query":${query}`);
const atTime = (at: number) => JSON.stringify(play({ occurredAt: at, sentAt: at }));
const bomb = gzipSync(Buffer.alloc(100 * MEGA, ' '));
const GZIP = { ...JSON_HEADERS, 'content-encoding': 'gzip' };

interface Refusal {
  readonly status: number;
  /** Code of the response if the request is rejected, or of the rejected event. */
  readonly code: string;
}
const seen = async (answer: Response): Promise<Refusal> => {
  const { code, rejected } = (await answer.json()) as { code?: string; rejected?: { code: string }[] };
  return { status: answer.status, code: code ?? rejected?.[0]?.code ?? 'none' };
};
const post = (body: RequestInit['body'], headers: Record<string, string> = JSON_HEADERS) =>
  fetch(`${server.url}/v1/events`, { method: 'POST', headers, body });

type Case = [name: string, body: RequestInit['body'], status: number, code: string, headers?: Record<string, string>];

const BODIES: Case[] = [
  ['JSON nested 9 levels deep', nested(8), 400, 'BRICK_BAD_REQUEST'],
  ['JSON nested 400,000 levels deep', nested(400_000), 400, 'BRICK_BAD_REQUEST'],
  ['JSON opened 1,000,000 times and never closed', '['.repeat(1_000_000), 400, 'BRICK_BAD_REQUEST'],
  ['objects nested 100,000 levels deep', '{"a":'.repeat(100_000), 400, 'BRICK_BAD_REQUEST'],

  ['a prototype in __proto__', withField('"__proto__":{"polluted":true}'), 400, 'unknown_field'],
  ['a prototype in an escaped __proto__', withField('"\\u005f_proto__":{"polluted":true}'), 400, 'unknown_field'],
  ['a prototype by constructor', withField('"constructor":{"prototype":{"polluted":true}}'), 400, 'unknown_field'],
  ['a batch inside a prototype', `{"__proto__":{"events":[${text}]}}`, 400, 'unknown_type'],
  ['a batch next to a prototype', `{"events":[${text}],"__proto__":{"polluted":true}}`, 400, 'BRICK_BAD_REQUEST'],
  ['a field with two values', withField('"userId":"u-2"'), 400, 'BRICK_BAD_REQUEST'],

  ['a gzip bomb', bomb, 400, 'BRICK_NOT_UTF8', GZIP],
  ['a gzip bomb declared as JSON', bomb, 400, 'BRICK_NOT_UTF8'],
  ['gzip inside gzip', gzipSync(gzipSync(text)), 400, 'BRICK_NOT_UTF8', { ...GZIP, 'content-encoding': 'gzip, gzip' }],
  ['plain JSON declared as gzip', text, 415, 'BRICK_BAD_REQUEST', GZIP],
  ['JSON in base64', Buffer.from(text).toString('base64'), 400, 'BRICK_BAD_REQUEST'],
  ['JSON inside a JSON string', JSON.stringify(text), 400, 'invalid_event'],
  // Bytes of ASCII letters in UTF-16 are also valid UTF-8, with a NUL after each letter.
  ['JSON in UTF-16', Buffer.from(text, 'utf16le'), 400, 'BRICK_BAD_REQUEST'],
  ['JSON in another charset', text, 415, 'BRICK_BAD_REQUEST', { 'content-type': 'application/json; charset=utf-7' }],

  ['a body of 6 MB', `"${'x'.repeat(6 * MEGA)}"`, 413, 'BRICK_TOO_LARGE'],
  ['a body of 6 MB of spaces', ' '.repeat(6 * MEGA), 413, 'BRICK_TOO_LARGE'],
  [
    'one event more than a batch may contain',
    `{"events":[${Array(MAX_BATCH + 1).fill(text)}]}`,
    400,
    'BRICK_BAD_REQUEST',
  ],

  ['version 3 of a play', withField('"schemaVersion":3'), 400, 'unknown_version'],
  ['version 2 of an event with one version', search('"a"').replace('}', ',"schemaVersion":2}'), 400, 'unknown_version'],
  ['a version as a string', withField('"schemaVersion":"2"'), 400, 'unknown_version'],
  ['version null', withField('"schemaVersion":null'), 400, 'unknown_version'],

  ['a clock an hour ahead', atTime(Date.now() + HOUR), 422, 'from_the_future'],
  ['a clock ten years ahead', atTime(Date.now() + 3_650 * DAY), 422, 'from_the_future'],
  ['the year 2101', atTime(Date.UTC(2101, 0)), 400, 'invalid_field'],
  ['the year 1989', atTime(Date.UTC(1989, 0)), 400, 'invalid_field'],
  ['the epoch', atTime(0), 400, 'invalid_field'],
  ['a time before the epoch', atTime(-1), 400, 'invalid_field'],
  ['an event that was sent before it occurred', JSON.stringify(play({ sentAt: NOW - 1 })), 422, 'occurred_after_sent'],

  ['half of a surrogate pair, escaped', search('"\\ud83d"'), 400, 'BRICK_BAD_REQUEST'],
  ['a reversed surrogate pair', search('"\\ude00\\ud83d"'), 400, 'BRICK_BAD_REQUEST'],
  ['half of a surrogate pair in a key', withField('"\\ud800":1'), 400, 'BRICK_BAD_REQUEST'],
  ['half of a surrogate pair in bytes', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 400, 'BRICK_NOT_UTF8'],

  ['the integer 2^53 + 1', withField('"watchedSeconds":9007199254740993'), 400, 'BRICK_BAD_REQUEST'],
  ['the integer 2^53 as a time', text.replaceAll(String(NOW), String(2 ** 53)), 400, 'invalid_field'],
  ['an integer beyond 2^53 as an id', text.replace('"e-hostile"', '9007199254740993'), 400, 'BRICK_BAD_REQUEST'],
  ['a number larger than any double', withField('"watchedSeconds":1e400'), 400, 'BRICK_BAD_REQUEST'],
];

/** Percent-encoding is decoded only once, and only in the query. */
const PATHS: [path: string, status: number, code: string][] = [
  ['/v1/recommendations?userId=u%252D1', 400, 'BRICK_BAD_REQUEST'],
  ['/v1/recommendations?userId=u%2500', 400, 'BRICK_BAD_REQUEST'],
  ['/v1/recommendations?userId=%FF', 400, 'BRICK_BAD_REQUEST'],
  ['/v1/recommendations?userId=%ZZ', 400, 'BRICK_BAD_REQUEST'],
  ['/v1/recommendations?userId=u-1&k=%2531', 400, 'BRICK_BAD_REQUEST'],
  ['/v1/%2572ecommendations?userId=u-1', 404, 'BRICK_NO_ROUTE'],
  ['/v1/..%252f..%252fetc/passwd', 404, 'BRICK_NO_ROUTE'],
  ['//', 404, 'BRICK_NO_ROUTE'],
  ['//other.example/v1/recommendations?userId=u-1', 404, 'BRICK_NO_ROUTE'],
];

/** Slow clients and bodies without a length are tested in test/localstack/http/http-server.test.ts. */
describe('hostile input over HTTP', () => {
  it.each(BODIES)('%s is rejected with a status and a code', async (_, body, status, code, headers) => {
    expect(await seen(await post(body, headers))).toEqual({ status, code });
  });

  it.each(PATHS)('%s is rejected with a status and a code', async (path, status, code) => {
    expect(await seen(await fetch(`${server.url}${path}`))).toEqual({ status, code });
  });

  it('leaves the log and all prototypes unchanged, and the service running', async () => {
    const ends = async () => (await runtime.ports.eventLog.partitions(EVENTS)).reduce((sum, { next }) => sum + next, 0);
    expect(await ends()).toBe(0);
    expect({}).not.toHaveProperty('polluted');
    expect((await post(text)).status).toBe(202);
    expect(await ends()).toBe(1);
  });
});
