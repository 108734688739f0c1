import { BrickError } from '#domain/core/brick-error.ts';

export class CacheUnavailable extends BrickError {
  override readonly code = 'BRICK_CACHE_UNAVAILABLE';
  override readonly retryable = true;
  constructor(cause: unknown) {
    super(
      {
        what: 'the cache did not respond',
        why: (cause as Error).message,
        fix: 'Check the Redis server and the network. Callers continue without the cache',
      },
      { cause },
    );
  }
}
