import type { Now } from '#domain/core/time.ts';

/**
 * Returns a function that caches the result of `read` until the clock enters the next time bucket. Concurrent callers
 * share one read, and a failed read is not cached.
 *
 * Buckets start at fixed times, not at the first call, so results do not depend on what the process served before.
 *
 * @param lengthMs length of a bucket, milliseconds
 * @param phaseMs milliseconds by which the buckets start earlier than those with phase 0 @default 0
 */
export function timeBucketCache<Value>(
  now: Now,
  lengthMs: number,
  read: () => Promise<Value>,
  phaseMs = 0,
): () => Promise<Value> {
  let cached: { readonly bucket: number; readonly value: Promise<Value> } | undefined;
  return () => {
    const bucket = Math.floor((now() + phaseMs) / lengthMs);
    if (cached?.bucket !== bucket) {
      const value = read();
      cached = { bucket, value };
      value.catch(() => {
        if (cached?.value === value) cached = undefined;
      });
    }
    return cached.value;
  };
}
