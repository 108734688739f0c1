import { LRUCache } from 'lru-cache';
import type { Now } from '#domain/core/time.ts';
import type { Cache } from '#ports/cache.ts';

const MAX_ENTRIES = 50_000;
const MAX_BYTES = 128 * 2 ** 20;
/** Maximum bytes per character; strings with Latin characters only use half of it. */
const CHARACTER_BYTES = 2;
/** Bytes of an entry in addition to its strings: 230 to 440 were measured. */
const ENTRY_BYTES = 400;

interface Entry {
  readonly value: string;
  readonly expiresAt: number;
}

/**
 * Returns a bounded cache in this process. It evicts the least recently used entries. Entries expire by the given
 * clock.
 */
export function memoryCache({
  now,
  maxEntries = MAX_ENTRIES,
  maxBytes = MAX_BYTES,
}: {
  readonly now: Now;
  readonly maxEntries?: number;
  readonly maxBytes?: number;
}): Cache {
  const entries = new LRUCache<string, Entry>({
    max: maxEntries,
    maxSize: maxBytes,
    sizeCalculation: ({ value }, key) => ENTRY_BYTES + CHARACTER_BYTES * (key.length + value.length),
  });
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
