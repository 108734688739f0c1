import { Redis } from 'ioredis';
import { BrickError } from '#domain/errors.ts';
import type { Cache } from '#ports/cache.ts';

/** A cache must be faster than what it saves: past this a command fails and the caller goes on without. */
const COMMAND_TIMEOUT_MS = 50;
const CONNECT_TIMEOUT_MS = 2_000;
const PREFIX = 'agentbricks:';

export class CacheUnavailable extends BrickError {
  override readonly code = 'BRICK_CACHE_UNAVAILABLE';
  override readonly retryable = true;
  constructor(cause: unknown) {
    super(
      {
        what: 'the cache did not answer',
        why: (cause as Error).message,
        fix: 'Go on without it, and look at the Redis server and the network',
      },
      { cause },
    );
  }
}

/** Redis or Valkey. @param url `redis://…`, or `rediss://…` for TLS */
export function redisCache({
  url,
  commandTimeoutMs = COMMAND_TIMEOUT_MS,
}: {
  url: string;
  commandTimeoutMs?: number;
}): Cache {
  const redis = new Redis(url, {
    keyPrefix: PREFIX,
    commandTimeout: commandTimeoutMs,
    connectTimeout: CONNECT_TIMEOUT_MS,
    maxRetriesPerRequest: 1,
    lazyConnect: true,
  });
  // Without a listener a lost connection would end the process; commands report it themselves.
  redis.on('error', () => {});
  const tried = async <Result>(command: Promise<Result>): Promise<Result> =>
    command.catch((error: unknown) => {
      throw new CacheUnavailable(error);
    });
  return {
    get: async (key) => (await tried(redis.get(key))) ?? undefined,
    set: async (key, value, ttlMs) => void (await tried(redis.set(key, value, 'PX', Math.max(1, Math.round(ttlMs))))),
    delete: async (key) => void (await tried(redis.del(key))),
    [Symbol.asyncDispose]: async () => redis.disconnect(),
  };
}
