import { describe, expect, it } from 'vitest';
import type { Telemetry } from '#ports/telemetry.ts';

/** The published metrics of one invocation: metric → value. */
export interface Published {
  readonly operation: string;
  readonly metrics: Readonly<Record<string, number>>;
}

/** Defines the contract of telemetry. @param open returns telemetry, and a function that returns published metrics */
export const telemetryContract = (
  name: string,
  open: () => { telemetry: Telemetry; published: () => readonly Published[] },
) =>
  describe(`${name} is telemetry`, () => {
    it('publishes all metrics of an invocation together when it ends', () => {
      const { telemetry, published } = open();
      const invocation = telemetry.begin({ operation: 'collect', correlationId: 'c-1' });
      invocation.count('Accepted');
      invocation.count('Accepted', 2);
      invocation.milliseconds('Duration', 1.5);
      expect(published()).toEqual([]);
      invocation.end();
      expect(published()).toEqual([{ operation: 'collect', metrics: { Accepted: 3, Duration: 1.5 } }]);
    });

    it('publishes overlapping invocations separately', () => {
      const { telemetry, published } = open();
      const [first, second] = ['a', 'b'].map((id) => telemetry.begin({ operation: `op-${id}`, correlationId: id }));
      first?.count('Invocations');
      second?.count('Invocations', 5);
      second?.end();
      first?.end();
      expect(published()).toEqual([
        { operation: 'op-b', metrics: { Invocations: 5 } },
        { operation: 'op-a', metrics: { Invocations: 1 } },
      ]);
    });

    it('returns the invocation’s correlation id', () => {
      const { telemetry } = open();
      expect(telemetry.begin({ operation: 'collect', correlationId: 'c-7' }).correlationId).toBe('c-7');
    });
  });
