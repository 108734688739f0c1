import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { httpApi } from '#adapters/api-client/http-api-with-overload-retries.ts';

let server: Server;
afterEach(() => new Promise((done) => server.close(done)));

/** Starts a service that returns the given responses in order, and then repeats the last one. */
async function serviceOf(...responses: ((response: ServerResponse) => void)[]) {
  const bodies: string[] = [];
  server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    bodies.push(body);
    responses[Math.min(bodies.length, responses.length) - 1]?.(response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const api = httpApi({ '/v1': `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  return { api, bodies };
}
const ok = (response: ServerResponse) => response.end('{"fine":true}');
const shed = (status: number, retryAfter?: string) => (response: ServerResponse) => {
  response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter }).end('busy');
};
const request = { method: 'POST', path: '/v1/events', body: '{"events":[]}' } as const;

describe('the HTTP client of a service', () => {
  it('retries with the same body when the service sheds load, after the time in retry-after', async () => {
    const { api, bodies } = await serviceOf(shed(429, '1'), shed(503, '0'), ok);
    const began = performance.now();
    expect(await api(request)).toMatchObject({ status: 200, body: '{"fine":true}' });
    expect(performance.now() - began).toBeGreaterThan(950);
    expect(bodies).toEqual([request.body, request.body, request.body]);
  });

  it('makes at most six attempts', async () => {
    const { api, bodies } = await serviceOf(shed(429, '0'));
    expect(await api(request)).toMatchObject({ status: 429 });
    expect(bodies).toHaveLength(6);
  });

  it('waits one second if retry-after is a date', async () => {
    const { api } = await serviceOf(shed(429, 'Wed, 21 Oct 2026 07:28:00 GMT'), ok);
    const began = performance.now();
    await api(request);
    expect(performance.now() - began).toBeGreaterThan(950);
  });

  it('does not retry other errors', async () => {
    const { api, bodies } = await serviceOf(shed(400));
    expect(await api(request)).toMatchObject({ status: 400, body: 'busy' });
    expect(bodies).toHaveLength(1);
  });

  it('rejects a path that no service serves', async () => {
    const { api } = await serviceOf(ok);
    await expect(api({ method: 'GET', path: '/v2' })).rejects.toThrow('no base URL is set for /v2');
  });
});
