import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Api } from '#domain/events/collect-and-recommend-contract.ts';
import { localMetrics } from '../../../localstack/embedded/aws/emf-to-prometheus-and-minute-sums.ts';
import { type HttpServer, httpServer } from '../../../localstack/embedded/http/http-server.ts';
import { NOON } from '../../functions/handler-fixture.ts';

const SLATE = '/v1/recommendations?userId=u-1';
const PAGE = '/';
const NAVIGATION = ['sec-fetch-site: cross-site', 'sec-fetch-mode: navigate'];

let server: HttpServer;
let requests: string[] = [];
const api: Api = async ({ path }) => {
  requests.push(path);
  return { status: 200, headers: {}, body: '{}' };
};
const page = {
  path: PAGE,
  respond: (_: unknown, response: { end(body: string): void }) => response.end('<p>city</p>'),
};

beforeAll(async () => {
  server = await httpServer({ api, metrics: localMetrics(() => NOON), port: 0, routes: [page as never] });
});
afterAll(() => server.close());
beforeEach(() => {
  requests = [];
});

/** Sends header lines as they are, because clients of the platform choose their own. @returns status and body */
async function send(path: string, lines: readonly string[], method = 'GET'): Promise<{ status: number; body: string }> {
  const socket = connect(server.port, '127.0.0.1');
  const head = [`${method} ${path} HTTP/1.1`, ...lines, 'content-length: 0', 'connection: close', '', ''];
  socket.write(head.join('\r\n'));
  const response = await text(socket);
  return { status: Number(response.split(' ')[1]), body: response.slice(response.indexOf('\r\n\r\n')) };
}
const host = (name: string) => `Host: ${name}`;
const own = () => host(`127.0.0.1:${server.port}`);

describe('a request for another host, as after DNS rebinding', () => {
  it.each([
    'evil.example',
    'evil.example:8080',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '127.0.0.1:80@evil.example',
    'evil.example#127.0.0.1',
    '192.168.0.7',
    '[::2]',
    '',
  ])('is rejected, and nothing runs: %s', async (name) => {
    for (const path of [SLATE, PAGE, '/metrics', '/v1/health']) {
      const { status, body } = await send(path, [host(name)]);
      expect({ path, status }).toEqual({ path, status: 403 });
      expect(body).toContain('BRICK_FOREIGN_REQUEST');
    }
    expect((await send('/v1/events', [host(name)], 'POST')).status).toBe(403);
    expect(requests).toEqual([]);
  });

  it.each(['127.0.0.1', 'localhost', 'LOCALHOST:1', '[::1]:8080'])('is accepted for this machine: %s', async (name) => {
    expect((await send(SLATE, [host(name)])).status).toBe(200);
    expect(requests).toEqual([SLATE]);
  });

  it('is rejected with 400 if it has two Host headers, in either order', async () => {
    for (const lines of [
      [own(), host('evil.example')],
      [host('evil.example'), own()],
      [own(), 'hOsT: localhost'],
    ]) {
      expect((await send(SLATE, lines)).status).toBe(400);
    }
    expect((await send(SLATE, [])).status).toBe(400);
    expect(requests).toEqual([]);
  });
});

describe('a request that a web page sends', () => {
  it.each([
    ['an image', ['sec-fetch-site: cross-site', 'sec-fetch-mode: no-cors', 'sec-fetch-dest: image']],
    ['a link to the API', [...NAVIGATION, 'sec-fetch-dest: document']],
    ['a script with CORS', ['origin: https://evil.example']],
    ['a form', ['origin: https://evil.example', 'content-type: text/plain']],
    ['a sandboxed frame', ['origin: null']],
    ['another port of this machine', ['origin: http://127.0.0.1:1']],
    ['the same host over TLS', [`origin: https://127.0.0.1:${1}`]],
  ])('of another site is rejected: %s', async (_, lines) => {
    for (const method of ['GET', 'POST']) expect((await send(SLATE, [own(), ...lines], method)).status).toBe(403);
    expect(requests).toEqual([]);
  });

  it('of another site may open a page in a tab, but not in a frame', async () => {
    const tab = [own(), ...NAVIGATION, 'sec-fetch-dest: document'];
    expect(await send(PAGE, tab)).toMatchObject({ status: 200, body: expect.stringContaining('city') });
    expect((await send(PAGE, [own(), ...NAVIGATION, 'sec-fetch-dest: iframe'])).status).toBe(403);
  });

  it('of this server is accepted', async () => {
    const lines = [own(), `origin: http://127.0.0.1:${server.port}`, 'sec-fetch-site: same-origin'];
    expect((await send('/v1/events', lines, 'POST')).status).toBe(200);
    expect((await send(SLATE, [own(), 'sec-fetch-site: none', 'sec-fetch-mode: navigate'])).status).toBe(200);
  });
});

describe('recommendations for one user', () => {
  it('are limited to 50 per second, although other users and events are served', async () => {
    const of = (user: string) => fetch(`${server.url}/v1/recommendations?k=1&userId=${user}`);
    const statuses = await Promise.all(Array.from({ length: 200 }, async () => (await of('u-7')).status));
    const served = statuses.filter((status) => status === 200).length;
    // Requests at the turn of a second fall into two seconds.
    expect(served).toBeGreaterThanOrEqual(50);
    expect(served).toBeLessThanOrEqual(100);
    expect(statuses.filter((status) => status === 429)).toHaveLength(200 - served);
    expect((await of('u-8')).status).toBe(200);
    // The same user in another spelling of the URL.
    const spelt = await Promise.all(
      Array.from({ length: 200 }, async () => (await of(encodeURIComponent('u-9').replace('u', '%75'))).status),
    );
    expect(spelt).toContain(429);
  });
});
