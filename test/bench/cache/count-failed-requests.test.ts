import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { load, measureLoad, type Shape } from '../serving/bench-throughput-and-latency.ts';
import { failedShare } from './bench-serving-with-failing-redis.ts';

const AT_200_PER_SECOND: Shape = { first: 0, users: 10, connections: 4, rate: 200 };
const AS_MANY_AS_POSSIBLE: Shape = { first: 0, users: 10, connections: 4 };
const EVERY_TENTH = 10;

/** Starts a server that responds with `respond`, and to every tenth request with `fail`. */
async function serverThatFails(fail: RequestListener, respond: RequestListener = (_, response) => response.end()) {
  let serial = 0;
  const server = createServer((request, response) =>
    (++serial % EVERY_TENTH === 0 ? fail : respond)(request, response),
  );
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.dispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

const badGateway: RequestListener = (_, response) => response.writeHead(502).end();

describe('the load of the bench', () => {
  it('at a fixed rate counts failed requests by reason, and continues', async () => {
    using server = await serverThatFails(badGateway);
    const { requests, failed, reasons } = await measureLoad(server.url, AT_200_PER_SECOND, 1);
    expect({ requests, failed, reasons }).toEqual({ requests: 200, failed: 20, reasons: { 'status 502': 20 } });
  });

  it('with as many requests as possible counts failed requests, and continues', async () => {
    using server = await serverThatFails(badGateway);
    const { requests, failed } = await measureLoad(server.url, AS_MANY_AS_POSSIBLE, 1);
    expect(failed / requests).toBeCloseTo(1 / EVERY_TENTH, 2);
  });

  it.for<[name: string, fail: RequestListener, reason: string]>([
    ['without a response', () => {}, 'no complete response in 1 s'],
    ['whose response stops half-way', (_, response) => response.write('{'), 'no complete response in 1 s'],
    ['whose connection closes half-way', (_, response) => response.write('{', () => response.destroy()), 'ECONNRESET'],
  ])('counts a request %s as failed', async ([, fail, reason]) => {
    using server = await serverThatFails(fail);
    const { failed, reasons } = await measureLoad(server.url, AT_200_PER_SECOND, 1, 1);
    expect({ failed, reasons }).toEqual({ failed: 20, reasons: { [reason]: 20 } });
  });

  it('of a healthy server must not have a failed request', async () => {
    using server = await serverThatFails(badGateway);
    await expect(load(server.url, AT_200_PER_SECOND, 1)).rejects.toThrow(
      '20 requests were rejected or disconnected: {"status 502":20}',
    );
  });
});

describe('the share of failed requests', () => {
  const round = (failed: number) => ({ failed, requests: 2_000 });

  it('meets its target if at most 0.1 % fail in each round', () => {
    expect(failedShare('cache.x', [round(0), round(2), round(1)])).toMatchObject({ value: 0.05, met: true });
  });

  it('misses its target if more fail in one round', () => {
    expect(failedShare('cache.x', [round(0), round(3), round(0)])).toMatchObject({ rounds: [0, 0.15, 0], met: false });
  });
});
