import { Redis } from 'ioredis';
import type { Cache } from '#ports/cache.ts';
import { breaker } from './circuit-breaker.ts';
import { CacheUnavailable } from './errors.ts';

/**
 * Time limit of a command in milliseconds. A slower command fails, because the cache would save less time than it
 * costs.
 */
const COMMAND_TIMEOUT_MS = 50;
/** Milliseconds until an attempt to connect counts as a failure. Callers wait at most this long. */
const CONNECT_TIMEOUT_MS = 500;
/** Consecutive failures that open the circuit. */
const FAILURES = 3;
/** Milliseconds between trials. While the server is down, one request every five seconds waits for a timeout. */
const REST_MS = 5_000;
const PREFIX = 'agentbricks:';

interface RedisCacheOptions {
  /** `redis://…`, or `rediss://…` for TLS, with the user's name if the server requires one. */
  readonly url: string;
  /**
   * Returns a password. Called for each connection, because tokens expire after minutes. @default - the URL's password
   */
  readonly password?: () => Promise<string>;
  readonly commandTimeoutMs?: number;
}

/** Returns a cache in Redis or Valkey behind a circuit breaker. */
export function redisCache({ url, password, commandTimeoutMs = COMMAND_TIMEOUT_MS }: RedisCacheOptions): Cache {
  const redis = new Redis(url, {
    keyPrefix: PREFIX,
    commandTimeout: commandTimeoutMs,
    connectTimeout: Math.max(CONNECT_TIMEOUT_MS, commandTimeoutMs),
    maxRetriesPerRequest: 1,
    lazyConnect: true,
    // A command without a connection fails immediately: waiting would cost more time than the cache saves.
    enableOfflineQueue: false,
    // After a failover, an old connection may lead to a replica, which rejects writes. A new connection leads to the primary.
    reconnectOnError: ({ message }) => message.startsWith('READONLY'),
    // The client would reconnect with the previous password, which may have expired.
    ...(password ? { retryStrategy: () => null } : {}),
  });
  // Without a listener, a lost connection would end the process. The commands fail anyway.
  redis.on('error', () => {});
  const guarded = breaker({ failures: FAILURES, restMs: REST_MS });
  const connect = async (): Promise<void> => {
    if (password) redis.options.password = await password();
    await redis.connect();
  };
  // After a failure, the client reconnects in the background, and commands fail until it is connected.
  let connected: Promise<unknown> | undefined;
  if (password) redis.on('end', () => (connected = undefined));
  const run = async <Result>(command: () => Promise<Result>): Promise<Result> => {
    try {
      return await guarded(async () => {
        connected ??= connect().catch(() => undefined);
        await connected;
        return command();
      });
    } catch (error) {
      throw new CacheUnavailable(error);
    }
  };
  return {
    get: async (key) => (await run(() => redis.get(key))) ?? undefined,
    set: async (key, value, ttlMs) =>
      void (await run(() => redis.set(key, value, 'PX', Math.max(1, Math.round(ttlMs))))),
    delete: async (key) => void (await run(() => redis.del(key))),
    [Symbol.asyncDispose]: async () => redis.disconnect(),
  };
}
