import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { singleFlight } from '../../../../functions/recommendation/resilience/single-flight.ts';

describe('singleFlight', () => {
  it('does the work once for all concurrent callers of a key, and exactly one of them led', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 40 }), async (keys) => {
        const flight = singleFlight<string>();
        const done: string[] = [];
        const results = await Promise.all(
          keys.map((key) =>
            flight(key, async () => {
              await Promise.resolve();
              done.push(key);
              return `of ${key}`;
            }),
          ),
        );
        const distinct = new Set(keys);
        expect(done.toSorted()).toEqual([...distinct].toSorted());
        expect(results.map(({ value }) => value)).toEqual(keys.map((key) => `of ${key}`));
        expect(results.filter(({ led }) => led)).toHaveLength(distinct.size);
      }),
    );
  });

  it('passes a failure to all concurrent callers, and starts again for the next one', async () => {
    const flight = singleFlight<number>();
    const fail = () => Promise.reject(new Error('no'));
    const failed = await Promise.allSettled([flight('a', fail), flight('a', async () => 1)]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await flight('a', async () => 2)).toEqual({ value: 2, led: true });
  });
});
