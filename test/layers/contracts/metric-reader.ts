import { describe, expect, it } from 'vitest';
import { MINUTE } from '#domain/core/time.ts';
import type { MetricReader } from '#ports/telemetry.ts';

/** One value that was measured, at a time in UTC epoch milliseconds. */
export interface Measured {
  readonly metric: string;
  readonly operation: string;
  readonly value: number;
  readonly at: number;
}

/** What every reader of metrics must do. @param open gives one over these values; its last minute may be the current one */
export const metricReaderContract = (name: string, open: (measured: readonly Measured[]) => Promise<MetricReader>) =>
  describe(`${name} is a reader of metrics`, () => {
    const end = Math.floor(Date.now() / MINUTE) * MINUTE;
    const value = (minutesAgo: number, amount: number, operation = 'collect', metric = 'Errors'): Measured => ({
      metric,
      operation,
      value: amount,
      at: end - minutesAgo * MINUTE,
    });

    it('sums whole minutes of one metric of one operation, and nothing else', async () => {
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

    it('is 0 where nothing was measured', async () => {
      const reader = await open([]);
      expect(await reader.sum('Errors', 'nobody', end - 5 * MINUTE, end)).toBe(0);
    });
  });
