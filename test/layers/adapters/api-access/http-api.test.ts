import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { httpApi } from '#adapters/api-client/http-api.ts';

let server: Server;
afterEach(() => new Promise((done) => server.close(done)));

/** A service that gives these answers, one after the other. */
async function serviceOf(...answers: ((response: ServerResponse) => void)[]) {
  const bodies: string[] = [];
  server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    bodies.push(body);
    answers[Math.min(bodies.length, answers.length) - 1]?.(response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const api = httpApi({ '/v1': `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  return { api, bodies };
}
const ok = (response: ServerResponse) => response.end('{"fine":true}');
const shed = (status: number, retryAfter?: string) => (response: ServerResponse) => {
  response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter }).end('busy');
};
const ask = { method: 'POST', path: '/v1/events', body: '{"events":[]}' } as const;

describe('a service over HTTP', () => {
  it('is asked again with the same body when it sheds load, as late as it asks for', async () => {
    const { api, bodies } = await serviceOf(shed(429, '1'), shed(503, '0'), ok);
    const began = performance.now();
    expect(await api(ask)).toMatchObject({ status: 200, body: '{"fine":true}' });
    expect(performance.now() - began).toBeGreaterThan(950);
    expect(bodies).toEqual([ask.body, ask.body, ask.body]);
  });

  it('is asked six times at most', async () => {
    const { api, bodies } = await serviceOf(shed(429, '0'));
    expect(await api(ask)).toMatchObject({ status: 429 });
    expect(bodies).toHaveLength(6);
  });

  it('waits a second where a date, or nothing, says when', async () => {
    const { api } = await serviceOf(shed(429, 'Wed, 21 Oct 2026 07:28:00 GMT'), ok);
    const began = performance.now();
    await api(ask);
    expect(performance.now() - began).toBeGreaterThan(950);
  });

  it('answers as it is where it refuses', async () => {
    const { api, bodies } = await serviceOf(shed(400));
    expect(await api(ask)).toMatchObject({ status: 400, body: 'busy' });
    expect(bodies).toHaveLength(1);
  });

  it('has no address for other paths', async () => {
    const { api } = await serviceOf(ok);
    await expect(api({ method: 'GET', path: '/v2' })).rejects.toThrow('no base URL is set for /v2');
  });
});
