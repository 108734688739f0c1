import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type Handle, serve } from '../../../functions/recommendation/serve/http-server-for-handler.ts';
import { gateway } from '../../../localstack/embedded/aws/api-gateway.ts';

const open: ReturnType<typeof serve>[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close().closeAllConnections();
});

async function listening(handle: Handle, hosts?: readonly string[]): Promise<string> {
  const server = serve('GET /v1/recommendations', handle, hosts);
  open.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('serve', () => {
  it('calls the handler as API Gateway does, and returns its response', async () => {
    const url = await listening(async ({ routeKey, queryStringParameters, headers }) => ({
      statusCode: 202,
      headers: { 'x-mine': 1 },
      body: JSON.stringify([routeKey, queryStringParameters, headers['x-request-id']]),
    }));
    const response = await fetch(`${url}/v1/recommendations?userId=u-1&k=3`, { headers: { 'X-Request-Id': 'r-1' } });
    expect(response.status).toBe(202);
    expect(response.headers.get('x-mine')).toBe('1');
    expect(await response.json()).toEqual(['GET /v1/recommendations', { userId: 'u-1', k: '3' }, 'r-1']);
  });

  it('joins the values of a repeated query parameter with commas, as API Gateway does', async () => {
    const url = await listening(async ({ queryStringParameters }) => ({ body: JSON.stringify(queryStringParameters) }));
    const response = await fetch(`${url}/v1/recommendations?userId=u-1&k=3&userId=u%262`);
    expect(await response.json()).toEqual({ userId: 'u-1,u&2', k: '3' });
  });

  it('answers health checks without calling the handler', async () => {
    const url = await listening(async () => Promise.reject(new Error('called')));
    expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: 'ok' });
  });

  it('has one route', async () => {
    const url = await listening(async () => ({ statusCode: 200 }));
    expect((await fetch(`${url}/v1/events`)).status).toBe(404);
    expect((await fetch(`${url}/v1/recommendations`, { method: 'POST' })).status).toBe(404);
  });

  it('serves only the allowed hosts, but answers health checks of a load balancer, which knows only the address', async () => {
    const other = await listening(async () => ({ statusCode: 200 }), ['films.example']);
    expect((await fetch(`${other}/v1/recommendations`)).status).toBe(403);
    expect((await fetch(`${other}/health`)).status).toBe(200);
    expect(await statusOf(other, '/v1/recommendations', 'films.example')).toBe(200);
  });

  it('survives a failing handler', async () => {
    const url = await listening(async () => Promise.reject(new Error('broken')));
    expect((await fetch(`${url}/v1/recommendations`)).status).toBe(500);
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  it.each(['//', '//other.example/v1/recommendations', '*'])('rejects the request target %s', async (target) => {
    const url = await listening(async () => ({ statusCode: 200 }));
    expect(await statusOf(url, target)).toBe(404);
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  it('accepts the absolute form of a request target', async () => {
    const url = await listening(async () => ({ statusCode: 200 }));
    expect(await statusOf(url, `${url}/v1/recommendations`)).toBe(200);
  });

  it('survives a response that cannot be sent', async () => {
    const url = await listening(async () => ({ statusCode: 200, headers: { 'x-broken': 'a\nb' } }));
    expect((await fetch(`${url}/v1/recommendations`)).status).toBe(500);
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });
});

describe('the embedded gateway', () => {
  it('joins the values of a repeated query parameter with commas, as API Gateway does', async () => {
    const passed: unknown[] = [];
    const api = gateway(async (_, event) => passed.push((event as Parameters<Handle>[0]).queryStringParameters));
    await api({ method: 'GET', path: '/v1/recommendations?userId=u-1&k=3&userId=u%262' });
    expect(passed).toEqual([{ userId: 'u-1,u&2', k: '3' }]);
  });
});

/** Returns the status of the response to a request target that `fetch` cannot send. */
const statusOf = (url: string, path: string, host = new URL(url).host): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const sent = request({ hostname, port, path, headers: { host }, timeout: 5_000 }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.once('timeout', () => sent.destroy(new Error('no response')));
    sent.once('error', reject).end();
  });
