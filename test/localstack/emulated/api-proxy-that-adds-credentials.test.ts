import { createServer, type OutgoingHttpHeaders, type RequestListener, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { apiProxy } from '../../../localstack/emulated/api-proxy-that-adds-credentials.ts';

interface Received {
  readonly method?: string;
  readonly url?: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

let target: Server;
let received: Received[];
let [open, most] = [0, 0];
beforeEach(async () => {
  received = [];
  [open, most] = [0, 0];
  target = createServer(async (request, response) => {
    most = Math.max(most, ++open);
    const body = Buffer.concat(await Array.fromAsync(request)).toString('utf8');
    await new Promise((resolve) => setTimeout(resolve, 20));
    open--;
    received.push({ method: request.method, url: request.url, headers: request.headers, body });
    response.writeHead(202, { 'x-answer': 'yes' }).end('accepted');
  });
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
});
afterEach(() => new Promise((resolve) => target.close(resolve)));

const start = (
  targetOf = async (path: string) => `http://127.0.0.1:${(target.address() as AddressInfo).port}${path}`,
) => apiProxy({ target: targetOf, credentials: async (_, { method }) => ({ 'x-api-key': `key for ${method}` }) });

describe('the API proxy', () => {
  it('adds no credentials to a request of a web page', async () => {
    await using proxy = await start();
    for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
      expect(await statusOf(proxy.url, headers)).toBe(403);
    }
    expect(await statusOf(proxy.url, { host: 'evil.example' })).toBe(403);
    expect(received).toEqual([]);
  });

  it('adds credentials, and forwards method, path, body, status and headers', async () => {
    await using proxy = await start();
    const headers = { 'content-type': 'application/json', 'x-correlation-id': 'c-1' };
    const answer = await fetch(`${proxy.url}/v1/events?a=1`, { method: 'POST', headers, body: '{"events":[]}' });
    expect([answer.status, answer.headers.get('x-answer'), await answer.text()]).toEqual([202, 'yes', 'accepted']);
    expect(received).toMatchObject([
      {
        method: 'POST',
        url: '/v1/events?a=1',
        body: '{"events":[]}',
        headers: { ...headers, 'x-api-key': 'key for POST' },
      },
    ]);
  });

  it('keeps credentials that the caller sends', async () => {
    await using proxy = await start();
    await fetch(`${proxy.url}/v1/recommendations`, { headers: { 'x-api-key': 'mine' } });
    expect(received[0]?.headers['x-api-key']).toBe('mine');
  });

  it('limits the concurrent requests to four, and serves the others afterwards', async () => {
    await using proxy = await start();
    const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => fetch(`${proxy.url}/${i}`)));
    expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(202));
    expect(most).toBe(4);
  });

  it('responds with 502 and the reason if the API is not deployed', async () => {
    await using proxy = await start(async () => Promise.reject(new Error('the stack Recommendation has no API')));
    const answer = await fetch(`${proxy.url}/v1/recommendations`);
    expect([answer.status, await answer.text()]).toEqual([502, 'the stack Recommendation has no API']);
  });

  it('responds with 502 if the API breaks off its response, and serves the next request', async () => {
    const [accept] = target.listeners('request') as [RequestListener];
    target.removeAllListeners('request').once('request', (_, response) => {
      target.on('request', accept);
      response.writeHead(200, { 'content-length': 100 }).write('broken');
      setTimeout(() => response.destroy(), 10);
    });
    await using proxy = await start();
    expect((await fetch(`${proxy.url}/v1/recommendations`)).status).toBe(502);
    expect((await fetch(`${proxy.url}/v1/recommendations`)).status).toBe(202);
  });

  it('forwards a path that starts with two slashes as a path', async () => {
    await using proxy = await start();
    expect((await fetch(`${proxy.url}//`)).status).toBe(202);
    expect(received[0]?.url).toBe('//');
  });
});

/** Returns the status of a request with headers that `fetch` does not let callers set. */
const statusOf = (url: string, headers: OutgoingHttpHeaders): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    request(url, { headers }, (response) => resolve(response.resume().statusCode))
      .once('error', reject)
      .end();
  });
