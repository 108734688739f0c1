import { request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { type Api, MAX_BODY_BYTES, Problem } from '#domain/events/collect-and-recommend-contract.ts';
import { localMetrics } from '../../../localstack/embedded/aws/emf-to-prometheus-and-minute-sums.ts';
import type { Limits } from '../../../localstack/embedded/http/admission-control.ts';
import { docsRoutes } from '../../../localstack/embedded/http/api-docs-routes.ts';
import { type HttpServer, httpServer, type Route } from '../../../localstack/embedded/http/http-server.ts';
import { NOON } from '../../functions/handler-fixture.ts';

const JSON_HEADERS = { 'content-type': 'application/json' };
const MEGA = 2 ** 20;
const SIX = 6 * MEGA;
const SOON_MS = 1_000;

let server: HttpServer;
afterEach(() => server.close());

/** Returns a service that responds immediately, or, if it is held, after `letGo` is called. */
function service({ held = false } = {}) {
  const gate = Promise.withResolvers<void>();
  if (!held) gate.resolve();
  const seen: string[] = [];
  const api: Api = async ({ body = '' }) => {
    seen.push(body);
    await gate.promise;
    return { status: 202, headers: {}, body: '{}' };
  };
  return { api, seen, letGo: () => gate.resolve() };
}

async function serve(api: Api, limits: Partial<Limits> = {}, routes: readonly Route[] = []): Promise<void> {
  server = await httpServer({ api, metrics: localMetrics(() => NOON), port: 0, routes, limits });
}

const post = (body: RequestInit['body'], headers: Record<string, string> = JSON_HEADERS, rest: object = {}) =>
  fetch(`${server.url}/v1/events`, { method: 'POST', headers, body, ...rest });

/** Returns a body that is sent in chunks, without a content-length. */
const chunked = (bytes: number) =>
  new ReadableStream({
    start(controller) {
      for (let sent = 0; sent < bytes; sent += MEGA) controller.enqueue(new Uint8Array(MEGA).fill(32));
      controller.close();
    },
  });

describe('pages next to the API', () => {
  it('have the same limits as the API, except the metrics, the health and feeds', async () => {
    const { api, seen, letGo } = service({ held: true });
    const feed: Route = { path: '/feed', isFeed: true, respond: (_, response) => void response.end('event') };
    await serve(api, { served: 2 }, [...docsRoutes, feed]);
    const first = [post('{}'), post('{}')];
    await expect.poll(() => seen.length).toBe(2);
    const statusOf = async (path: string) => (await fetch(`${server.url}${path}`)).status;
    for (const path of ['/docs', '/openapi.json']) expect(await statusOf(path)).toBe(429);
    for (const path of ['/metrics', '/v1/health', '/feed']) expect(await statusOf(path)).toBe(200);
    letGo();
    await Promise.all(first);
    for (const path of ['/docs', '/openapi.json']) expect(await statusOf(path)).toBe(200);
    expect(await (await fetch(`${server.url}/openapi.json`)).json()).toHaveProperty('openapi');
  });
});

describe('requests above the limit', () => {
  it('are rejected immediately with 429 and Retry-After, while admitted ones are served', async () => {
    const { api, seen, letGo } = service({ held: true });
    await serve(api, { served: 3 });
    const first = [post('{}'), post('{}'), post('{}')];
    await expect.poll(() => seen.length).toBe(3);
    const started = performance.now();
    const refused = await Promise.all(Array.from({ length: 20 }, () => post('{}')));
    expect(performance.now() - started).toBeLessThan(SOON_MS);
    expect(refused.map(({ status }) => status)).toEqual(Array(20).fill(429));
    for (const answer of refused) {
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect(Problem.parse(await answer.json()).code).toBe('BRICK_BUSY');
    }
    letGo();
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual([202, 202, 202]);
    expect((await post('{}')).status).toBe(202);
    expect(seen).toHaveLength(4);
    expect(await (await fetch(`${server.url}/metrics`)).text()).toContain('agentbricks_shed_total 20');
  });

  it('do not affect pages and metrics', async () => {
    const { api, seen, letGo } = service({ held: true });
    await serve(api, { served: 1 });
    const one = post('{}');
    await expect.poll(() => seen.length).toBe(1);
    expect((await fetch(`${server.url}/v1/health`)).status).toBe(200);
    letGo();
    await one;
  });

  it('never hold more bytes in memory than allowed, and free them after the response', async () => {
    const { api, seen, letGo } = service({ held: true });
    await serve(api, { bytes: 2.5 * MEGA });
    const body = 'x'.repeat(MEGA);
    const first = [post(body), post(body)];
    await expect.poll(() => seen.length).toBe(2);
    expect((await post(body)).status).toBe(429);
    letGo();
    await Promise.all(first);
    expect((await post(body)).status).toBe(202);
  });
});

const later = () => new Promise<undefined>((done) => setTimeout(() => done(undefined), 100));

describe('a body', () => {
  it('of 6 MB is rejected by its length', async () => {
    const { api, seen } = service();
    await serve(api);
    expect((await post('x'.repeat(SIX))).status).toBe(413);
    expect(seen).toEqual([]);
  });

  it('of 6 MB is rejected even without a length', async () => {
    const { api, seen } = service();
    await serve(api);
    expect((await post(chunked(SIX), JSON_HEADERS, { duplex: 'half' })).status).toBe(413);
    expect(seen).toEqual([]);
  });

  it('of the maximum size is accepted, with and without a length', async () => {
    const { api } = service();
    await serve(api);
    expect((await post('x'.repeat(MAX_BODY_BYTES))).status).toBe(202);
    expect((await post(chunked(MEGA), JSON_HEADERS, { duplex: 'half' })).status).toBe(202);
  });

  it('that is not UTF-8 is rejected, not repaired', async () => {
    const { api, seen } = service();
    await serve(api);
    for (const bytes of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf8, 0x88, 0x80, 0x80, 0x80]]) {
      const answer = await post(new Uint8Array([0x22, ...bytes, 0x22]));
      expect(answer.status).toBe(400);
      expect(Problem.parse(await answer.json()).code).toBe('BRICK_NOT_UTF8');
    }
    expect(seen).toEqual([]);
  });

  it('that is a gzip bomb is never decompressed', async () => {
    const { api, seen } = service();
    await serve(api);
    const bomb = gzipSync(Buffer.alloc(100 * MEGA));
    const before = process.memoryUsage().rss;
    // Compressed bytes are not UTF-8. Bodies that are UTF-8 reach the function, which checks content-encoding.
    expect((await post(bomb, { ...JSON_HEADERS, 'content-encoding': 'gzip' })).status).toBe(400);
    expect(process.memoryUsage().rss - before).toBeLessThan(50 * MEGA);
    expect(seen).toEqual([]);
  });
});

describe('a route', () => {
  it.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS'])('that does not support %s lists its methods', async (method) => {
    await serve(service().api);
    const answer = await fetch(`${server.url}/v1/events`, { method });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('POST');
  });
});

describe('a page', () => {
  it('that throws closes its connection, and the server serves others', async () => {
    const broken = {
      path: '/broken',
      respond: () => {
        throw new Error('broken');
      },
    };
    const { api } = service();
    server = await httpServer({ api, metrics: localMetrics(() => NOON), port: 0, routes: [broken] });
    await expect(fetch(`${server.url}/broken`, { signal: AbortSignal.timeout(SOON_MS) })).rejects.toThrow(
      'fetch failed',
    );
    expect((await fetch(`${server.url}/v1/health`)).status).toBe(200);
  });
});

const HASTE = { headersTimeout: 300, requestTimeout: 700 };

/** Sends a first part, then a byte every 50 ms. @returns the response, and the time until the connection was closed */
async function drip(first: string, byte: string): Promise<{ answer: string; ms: number }> {
  const socket: Socket = connect(server.port, '127.0.0.1');
  const started = performance.now();
  let answer = '';
  socket.on('data', (bytes) => {
    answer += bytes;
  });
  socket.on('error', () => {});
  socket.write(first);
  const dripping = setInterval(() => socket.write(byte), 50);
  // `once` would reject on ECONNRESET, which a server under load may send.
  await new Promise((resolve) => socket.once('close', resolve));
  clearInterval(dripping);
  return { answer, ms: performance.now() - started };
}

describe('a slow client', () => {
  it('that sends its headers slowly is disconnected', async () => {
    const { api, seen } = service();
    await serve(api, HASTE);
    const { answer, ms } = await drip('POST /v1/events HTTP/1.1\r\nhost: localhost\r\nx-slow: ', 'a');
    expect(answer).toMatch(/^(HTTP\/1\.1 408|$)/);
    expect(ms).toBeLessThan(5_000);
    expect(seen).toEqual([]);
  });

  it('that sends its body slowly is disconnected, and its memory is freed', async () => {
    const { api, seen } = service();
    await serve(api, { ...HASTE, bytes: MEGA });
    const head =
      'POST /v1/events HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 800000\r\n\r\n';
    const { answer, ms } = await drip(head + 'x'.repeat(700_000), 'x');
    expect(answer).toMatch(/^(HTTP\/1\.1 408|$)/);
    expect(ms).toBeLessThan(5_000);
    expect(seen).toEqual([]);
    expect((await post('x'.repeat(700_000))).status).toBe(202);
  });

  it('does not delay others, even in large numbers', async () => {
    const { api } = service();
    await serve(api, { served: 4 });
    const slow = Array.from({ length: 50 }, () => {
      const one = httpRequest(`${server.url}/v1/events`, { method: 'POST', headers: { 'content-length': 10 } });
      one.on('error', () => {});
      one.write('x');
      return one;
    });
    await later();
    const answers = await Promise.all(Array.from({ length: 3 }, () => post('{}')));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    for (const one of slow) one.destroy();
  });
});
