import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MINUTE } from '#domain/core/time.ts';
import { burnRate } from '../../../functions/monitoring/burn-rate.ts';
import { BURN_WINDOWS } from '../../../functions/monitoring/burn-windows.ts';
import { SLOS } from '../../../functions/monitoring/service-level-objectives.ts';
import { type SloStatus, watchSlo } from '../../../functions/monitoring/watch-slo/handler.ts';
import { call, NOON, recordingTelemetry } from '../handler-fixture.ts';

const always =
  (bad: number, requests = 100_000) =>
  () => ({ requests, bad });

describe('burnRate', () => {
  it('finds nothing while the budget lasts', () => {
    expect(burnRate(0.999, always(100))).toBeUndefined();
    expect(burnRate(0.999, always(0, 0))).toBeUndefined();
  });

  it.each(BURN_WINDOWS.map((windows) => [windows.name, windows] as const))(
    'finds %s above its rate, and not below',
    (_, windows) => {
      const burning = (rate: number) =>
        burnRate(0.999, (length) =>
          length === windows.long || length === windows.short
            ? { requests: 1_000_000, bad: 1_000 * rate }
            : { requests: 1_000_000, bad: 0 },
        );
      expect(burning(windows.burn * 1.01)?.windows.name).toBe(windows.name);
      expect(burning(windows.burn * 0.99)).toBeUndefined();
    },
  );

  it('needs both windows: an outage that has ended does not page', () => {
    const [{ long }] = BURN_WINDOWS as readonly [(typeof BURN_WINDOWS)[number]];
    expect(
      burnRate(0.999, (length) => (length === long ? { requests: 1e6, bad: 5e5 } : { requests: 1e6, bad: 0 })),
    ).toBeUndefined();
  });

  it('finds nothing in a handful of requests', () => {
    expect(burnRate(0.999, always(1, 2))).toBeUndefined();
  });
});

describe('watch-slo', () => {
  const watched = async (bad: (metric: string) => number) => {
    const telemetry = recordingTelemetry();
    const metricReader = { sum: async (metric: string) => bad(metric) };
    const handler = watchSlo({ metricReader, telemetry, now: () => NOON + 1_234 });
    return { telemetry, statuses: await call<SloStatus[]>(handler, {}, 'watch-slo') };
  };

  it('returns for each SLO whether it burns, and counts the burning ones', async () => {
    const { statuses, telemetry } = await watched(() => 10_000);
    expect(statuses).toHaveLength(SLOS.length);
    expect(statuses.every(({ burning }) => burning !== null)).toBe(true);
    expect(telemetry.counts.get('SloBurning')).toBe(SLOS.length);
    expect(telemetry.logged.filter(({ message }) => message === 'an SLO burns')).toHaveLength(SLOS.length);
  });

  it('links a runbook that exists', async () => {
    for (const { runbook } of SLOS) expect(existsSync(runbook.replace(/^.*docs\//, 'docs/'))).toBe(true);
  });

  it('reads complete minutes only', async () => {
    const read: number[] = [];
    const metricReader = {
      sum: async (_metric: string, _operation: string, from: number, to: number) => {
        read.push(from, to);
        return 0;
      },
    };
    await call(watchSlo({ metricReader, telemetry: recordingTelemetry(), now: () => NOON + 1 }), {}, 'watch-slo');
    expect(read.length).toBeGreaterThan(0);
    expect(read.every((time) => time % MINUTE === 0 && time <= NOON)).toBe(true);
  });
});
