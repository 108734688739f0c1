import { BrickError } from '#domain/core/errors.ts';

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
