import { createConnection } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memoryCache } from '#adapters/cache/memory.ts';
import { redisCache } from '#adapters/cache/redis.ts';
import { cacheContract } from '../contracts/cache.ts';
import { describeWith } from '../requirement.ts';
import { freePort, isInstalled, startServer } from '../servers/process.ts';

cacheContract('memory', async () => {
  let now = 1_000;
  const wait = async (milliseconds: number) => {
    now += milliseconds;
  };
  return { cache: memoryCache({ now: () => now }), wait };
});

const HOW = 'On Debian: apt install redis-server.';
describeWith(
  'redis-server',
  isInstalled('redis-server'),
  HOW,
)('on Redis', () => {
  let server: AsyncDisposable;
  let port: number;
  beforeAll(async () => {
    port = await freePort();
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    server = await startServer('redis-server', args, { ready: () => listens(port) });
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  const url = () => `redis://127.0.0.1:${port}`;
  cacheContract('Redis', async () => ({
    cache: redisCache({ url: url(), commandTimeoutMs: 2_000 }),
    wait: (ms) => sleep(ms),
  }));
});

describe('a Redis that is not there', () => {
  it('fails within its time-out, by name, so that the caller goes on without', async () => {
    await using cache = redisCache({ url: `redis://127.0.0.1:${await freePort()}` });
    const began = performance.now();
    await expect(cache.get('x')).rejects.toMatchObject({ code: 'BRICK_CACHE_UNAVAILABLE', retryable: true });
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});

const listens = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = createConnection(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => socket.destroy());
    socket.once('connect', () => socket.end());
  });
