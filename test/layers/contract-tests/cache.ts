import { describe, expect, it } from 'vitest';
import type { Cache } from '#ports/cache.ts';

/** Defines the contract of every cache. @param open returns a cache, and a function that advances the cache's clock */
export const cacheContract = (
  name: string,
  open: () => Promise<{ cache: Cache; wait: (milliseconds: number) => Promise<void> }>,
) =>
  describe(`${name} is a cache`, () => {
    let serial = 0;
    const fresh = () => `contract-${Date.now()}-${++serial}`;
    const TTL = 200;

    it('returns the value that was set last', async () => {
      const { cache } = await open();
      await using _ = cache;
      const key = fresh();
      expect(await cache.get(key)).toBeUndefined();
      await cache.set(key, 'first', 60_000);
      await cache.set(key, '{"ü":"𝄞"}', 60_000);
      expect(await cache.get(key)).toBe('{"ü":"𝄞"}');
    });

    it('returns a value until its time to live has passed, and not after', async () => {
      const { cache, wait } = await open();
      await using _ = cache;
      const key = fresh();
      await cache.set(key, 'x', TTL);
      expect(await cache.get(key)).toBe('x');
      await wait(TTL + 50);
      expect(await cache.get(key)).toBeUndefined();
    });

    it('does not return a deleted value, and a second deletion succeeds', async () => {
      const { cache } = await open();
      await using _ = cache;
      const key = fresh();
      await cache.set(key, 'x', 60_000);
      await cache.delete(key);
      await cache.delete(key);
      expect(await cache.get(key)).toBeUndefined();
    });
  });
