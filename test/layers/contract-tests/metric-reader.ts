import { describe, expect, it } from 'vitest';
import { MINUTE } from '#domain/core/time.ts';
import type { MetricReader } from '#ports/telemetry.ts';

/** A measured value. `at` is in UTC epoch milliseconds. */
export interface Measured {
  readonly metric: string;
  readonly operation: string;
  readonly value: number;
  readonly at: number;
}

/** Defines the contract of every metric reader. @param open returns a reader of the given values */
export const metricReaderContract = (name: string, open: (measured: readonly Measured[]) => Promise<MetricReader>) =>
  describe(`${name} is a metric reader`, () => {
    const end = Math.floor(Date.now() / MINUTE) * MINUTE;
    const value = (minutesAgo: number, amount: number, operation = 'collect', metric = 'Errors'): Measured => ({
      metric,
      operation,
      value: amount,
      at: end - minutesAgo * MINUTE,
    });

    it('sums one metric of one operation over full minutes', async () => {
      const reader = await open([
        value(9, 100),
        value(3, 2),
        value(2, 5),
        value(2, 50, 'recommend'),
        value(2, 50, 'collect', 'Refused'),
      ]);
      expect(await reader.sum('Errors', 'collect', end - 5 * MINUTE, end)).toBe(7);
      expect(await reader.sum('Errors', 'collect', end - 2 * MINUTE, end)).toBe(5);
      expect(await reader.sum('Errors', 'recommend', end - 5 * MINUTE, end)).toBe(50);
    });

    it('returns 0 without data', async () => {
      const reader = await open([]);
      expect(await reader.sum('Errors', 'none', end - 5 * MINUTE, end)).toBe(0);
    });
  });
