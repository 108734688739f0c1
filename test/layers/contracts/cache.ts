import { describe, expect, it } from 'vitest';
import type { Cache } from '#ports/cache.ts';

/** What every cache must do. @param wait lets this many milliseconds pass on the cache's own clock */
export const cacheContract = (
  name: string,
  open: () => Promise<{ cache: Cache; wait: (milliseconds: number) => Promise<void> }>,
) =>
  describe(`${name} is a cache`, () => {
    let serial = 0;
    const fresh = () => `contract-${Date.now()}-${++serial}`;
    const TTL = 200;

    it('gives back the text that was set last', async () => {
      const { cache } = await open();
      await using _ = cache;
      const key = fresh();
      expect(await cache.get(key)).toBeUndefined();
      await cache.set(key, 'first', 60_000);
      await cache.set(key, '{"ü":"𝄞"}', 60_000);
      expect(await cache.get(key)).toBe('{"ü":"𝄞"}');
    });

    it('forgets it when its time is over, and not before', async () => {
      const { cache, wait } = await open();
      await using _ = cache;
      const key = fresh();
      await cache.set(key, 'x', TTL);
      expect(await cache.get(key)).toBe('x');
      await wait(TTL + 50);
      expect(await cache.get(key)).toBeUndefined();
    });

    it('forgets what was deleted; deleting it again is no error', async () => {
      const { cache } = await open();
      await using _ = cache;
      const key = fresh();
      await cache.set(key, 'x', 60_000);
      await cache.delete(key);
      await cache.delete(key);
      expect(await cache.get(key)).toBeUndefined();
    });
  });
