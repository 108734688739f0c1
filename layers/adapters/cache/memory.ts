import { LRUCache } from 'lru-cache';
import type { Now } from '#domain/time.ts';
import type { Cache } from '#ports/cache.ts';

const MAX_ENTRIES = 50_000;

interface Entry {
  readonly value: string;
  readonly expiresAt: number;
}

/** A bounded cache in this process; the least recently used entry makes room. Expiry follows the given clock. */
export function memoryCache({
  now,
  maxEntries = MAX_ENTRIES,
}: {
  readonly now: Now;
  readonly maxEntries?: number;
}): Cache {
  const entries = new LRUCache<string, Entry>({ max: maxEntries });
  return {
    get: async (key) => {
      const entry = entries.get(key);
      return entry && entry.expiresAt > now() ? entry.value : undefined;
    },
    set: async (key, value, ttlMs) => void entries.set(key, { value, expiresAt: now() + ttlMs }),
    delete: async (key) => void entries.delete(key),
    [Symbol.asyncDispose]: async () => entries.clear(),
  };
}
