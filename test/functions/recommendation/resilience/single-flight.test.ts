import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { singleFlight } from '../../../../functions/recommendation/resilience/single-flight.ts';

describe('single flight', () => {
  it('does the work once for all who ask meanwhile, and tells one of them that it was theirs', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 40 }), async (keys) => {
        const together = singleFlight<string>();
        const done: string[] = [];
        const answers = await Promise.all(
          keys.map((key) =>
            together(key, async () => {
              await Promise.resolve();
              done.push(key);
              return `of ${key}`;
            }),
          ),
        );
        const distinct = new Set(keys);
        expect(done.toSorted()).toEqual([...distinct].toSorted());
        expect(answers.map(({ value }) => value)).toEqual(keys.map((key) => `of ${key}`));
        expect(answers.filter(({ led }) => led)).toHaveLength(distinct.size);
      }),
    );
  });

  it('fails for all who asked meanwhile, and begins anew for who asks later', async () => {
    const together = singleFlight<number>();
    const fail = () => Promise.reject(new Error('no'));
    const failed = await Promise.allSettled([together('a', fail), together('a', async () => 1)]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await together('a', async () => 2)).toEqual({ value: 2, led: true });
  });
});
