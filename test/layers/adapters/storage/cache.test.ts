import { createConnection, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { memoryCache } from '#adapters/cache/memory.ts';
import { redisCache } from '#adapters/cache/redis.ts';
import { freePort, isInstalled } from '../../../../localstack/servers/server-process.ts';
import { REDIS_INSTALL_HINT, startRedis } from '../../../../localstack/servers/start-redis.ts';
import { describeWith } from '../../../support/require-server.ts';
import { cacheContract } from '../../contract-tests/cache.ts';

cacheContract('memory', async () => {
  let now = 1_000;
  const wait = async (milliseconds: number) => {
    now += milliseconds;
  };
  return { cache: memoryCache({ now: () => now }), wait };
});

describeWith(
  'redis-server',
  isInstalled('redis-server'),
  REDIS_INSTALL_HINT,
)('on Redis', () => {
  let server: Awaited<ReturnType<typeof startRedis>>;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  const url = () => `redis://127.0.0.1:${server.port}`;
  cacheContract('Redis', async () => ({
    cache: redisCache({ url: url(), commandTimeoutMs: 2_000 }),
    wait: (ms) => sleep(ms),
  }));
});

describeWith(
  'redis-server',
  isInstalled('redis-server'),
  REDIS_INSTALL_HINT,
)('a Redis cache whose passwords expire', () => {
  it('uses a new password for each connection', async () => {
    await using server = await startRedis();
    const admin = new Redis(server.port, '127.0.0.1');
    const permissions = ['~agentbricks:*', '-@all', '+@read', '+@write', '+@connection', '+info'];
    const allow = (password: string) => admin.acl('SETUSER', 'ann', 'reset', 'on', `>${password}`, ...permissions);
    const passwords = ['first', 'second'];
    const url = `redis://ann@127.0.0.1:${server.port}`;
    await using cache = redisCache({ url, password: async () => passwords.shift() ?? 'none', commandTimeoutMs: 2_000 });
    await allow('first');
    await cache.set('x', 'stored', 60_000);
    await allow('second');
    await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await vi.waitFor(async () => expect(await cache.get('x')).toBe('stored'), { timeout: 10_000, interval: 100 });
    expect(passwords).toEqual([]);
    admin.disconnect();
  });
});

describeWith(
  'redis-server',
  isInstalled('redis-server'),
  REDIS_INSTALL_HINT,
)('a Redis cache whose server starts later', () => {
  it('works after the server has started', async () => {
    const port = await freePort();
    await using cache = redisCache({ url: `redis://127.0.0.1:${port}` });
    await expect(cache.get('x')).rejects.toMatchObject({ code: 'BRICK_CACHE_UNAVAILABLE' });
    await using _ = await startRedis(port);
    await vi.waitFor(() => cache.set('x', 'here', 60_000), { timeout: 20_000, interval: 200 });
    expect(await cache.get('x')).toBe('here');
  }, 30_000);
});

describeWith(
  'redis-server',
  isInstalled('redis-server'),
  REDIS_INSTALL_HINT,
)('a Redis cache after a failover that keeps its connection open', () => {
  it('connects to the new primary, and stores values again', async () => {
    await using former = await startRedis();
    await using successor = await startRedis();
    // Like an endpoint whose name is redirected: only new connections lead to the new primary.
    let primary = former.port;
    const endpoint = createServer((client) => {
      const server = createConnection(primary, '127.0.0.1');
      client.pipe(server).pipe(client);
      for (const socket of [client, server]) socket.on('error', () => {});
    });
    const port = await freePort();
    await new Promise<void>((resolve) => endpoint.listen(port, '127.0.0.1', resolve));
    await using cache = redisCache({ url: `redis://127.0.0.1:${port}`, commandTimeoutMs: 2_000 });
    await cache.set('x', 'before', 60_000);
    const admin = new Redis(former.port, '127.0.0.1');
    await admin.replicaof('127.0.0.1', successor.port);
    primary = successor.port;
    await vi.waitFor(() => cache.set('x', 'after', 60_000), { timeout: 20_000, interval: 200 });
    expect(await cache.get('x')).toBe('after');
    admin.disconnect();
    endpoint.close();
  }, 30_000);
});

describe('the in-memory cache', () => {
  it('evicts the least recently used entries above its size limit', async () => {
    const cache = memoryCache({ now: () => 0, maxBytes: 9_999 });
    // Each entry counts as 1,000 bytes: 400, and 2 for each of its 300 characters (3 of the key, 297 of the value).
    const value = 'x'.repeat(297);
    for (let i = 10; i < 30; i++) await cache.set(`k${i}`, value, 1_000);
    const found: number[] = [];
    for (let i = 10; i < 30; i++) if ((await cache.get(`k${i}`)) !== undefined) found.push(i);
    expect(found).toEqual([21, 22, 23, 24, 25, 26, 27, 28, 29]);
    await cache.set('larger than all', 'x'.repeat(9_999), 1_000);
    expect(await cache.get('larger than all')).toBeUndefined();
  });
});

describe('a Redis cache without a server', () => {
  it('rejects requests with a retryable error within its timeout', async () => {
    await using cache = redisCache({ url: `redis://127.0.0.1:${await freePort()}` });
    const began = performance.now();
    await expect(cache.get('x')).rejects.toMatchObject({ code: 'BRICK_CACHE_UNAVAILABLE', retryable: true });
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});
