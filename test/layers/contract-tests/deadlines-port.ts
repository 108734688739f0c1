import { describe, expect, it } from 'vitest';
import { MINUTE } from '#domain/core/time.ts';
import type { Deadlines } from '#ports/request-deadlines.ts';

const never = () => new Promise<never>(() => {});

/** Defines the contract of deadlines. @param open returns deadlines that end work with a 10 ms limit within 100 ms */
export const deadlinesContract = (name: string, open: () => Deadlines) =>
  describe(`${name} are deadlines`, () => {
    const LIMIT = 10;

    it('return the result or the error of work that is in time', async () => {
      const deadline = open().start(MINUTE);
      expect(await deadline.run('rank', MINUTE, async () => 7)).toBe(7);
      await expect(deadline.run('rank', MINUTE, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
      const throwing = () => {
        throw new Error('at once');
      };
      await expect(deadline.run('rank', MINUTE, throwing)).rejects.toThrow('at once');
    });

    it('end work that hangs, with a retryable error that names the stage', async () => {
      const hanging = open().start(LIMIT).run('rank', LIMIT, never);
      await expect(hanging).rejects.toMatchObject({ retryable: true, message: expect.stringMatching(/^rank /) });
    });

    it('have time left at the start of a request', () => {
      expect(open().start(MINUTE).remaining()).toBeGreaterThan(0);
    });
  });
