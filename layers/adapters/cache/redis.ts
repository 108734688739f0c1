import { Redis } from 'ioredis';
import type { Cache } from '#ports/cache.ts';
import { breaker } from './breaker.ts';
import { CacheUnavailable } from './errors.ts';

/** A cache must be faster than what it saves: past this a command fails and the caller goes on without. */
const COMMAND_TIMEOUT_MS = 50;
/** A connection that hangs is a failure too, and soon: until then each caller waits for as long as it has. */
const CONNECT_TIMEOUT_MS = 500;
/** So many in a row, and it is left alone for so long: then a slow server costs one request in five seconds its time-out, not all. */
const FAILURES = 3;
const REST_MS = 5_000;
const PREFIX = 'agentbricks:';

interface RedisCacheOptions {
  /** `redis://…`, or `rediss://…` for TLS; with a user's name where it asks for one. */
  readonly url: string;
  /** Asked for anew for each connection, because it is good for minutes only. @default - none but the URL's */
  readonly password?: () => Promise<string>;
  readonly commandTimeoutMs?: number;
}

/** Redis or Valkey, behind a circuit breaker. */
export function redisCache({ url, password, commandTimeoutMs = COMMAND_TIMEOUT_MS }: RedisCacheOptions): Cache {
  const redis = new Redis(url, {
    keyPrefix: PREFIX,
    commandTimeout: commandTimeoutMs,
    connectTimeout: Math.max(CONNECT_TIMEOUT_MS, commandTimeoutMs),
    maxRetriesPerRequest: 1,
    lazyConnect: true,
    // A command that finds no connection fails at once: waiting for one is worth more than the cache saves.
    enableOfflineQueue: false,
    // It would connect again with the password of the last time.
    ...(password ? { retryStrategy: () => null } : {}),
  });
  // Without a listener a lost connection would end the process; commands report it themselves.
  redis.on('error', () => {});
  const guarded = breaker({ failures: FAILURES, restMs: REST_MS });
  const connect = async (): Promise<void> => {
    if (password) redis.options.password = await password();
    await redis.connect();
  };
  // Where that fails it is tried again in the background, and commands fail until it is there.
  let connected: Promise<unknown> | undefined;
  if (password) redis.on('end', () => (connected = undefined));
  const tried = async <Result>(command: () => Promise<Result>): Promise<Result> => {
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
    get: async (key) => (await tried(() => redis.get(key))) ?? undefined,
    set: async (key, value, ttlMs) =>
      void (await tried(() => redis.set(key, value, 'PX', Math.max(1, Math.round(ttlMs))))),
    delete: async (key) => void (await tried(() => redis.del(key))),
    [Symbol.asyncDispose]: async () => redis.disconnect(),
  };
}
