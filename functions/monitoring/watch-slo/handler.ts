import middy from '@middy/core';
import { type ObservedContext, observed } from '#adapters/lambda/record-handler-metrics-and-correlation-id.ts';
import { MINUTE } from '#domain/core/time.ts';
import type { Ports } from '#ports/index.ts';
import { burnRate } from '../burn-rate.ts';
import { BURN_WINDOWS, type Burning, type RequestCounts } from '../burn-windows.ts';
import { SLOS, type Slo } from '../service-level-objectives.ts';

type WatchPorts = Pick<Ports, 'metricReader' | 'telemetry' | 'now'>;

export interface SloStatus {
  readonly slo: Slo;
  /** The pair of windows that burns; null if the SLO does not burn. */
  readonly burning: Burning | null;
}

/**
 * Evaluates every SLO once a minute. For each SLO that burns, it logs one line with the runbook. The metric
 * `SloBurning` counts these SLOs and has an alarm.
 */
export const watchSlo = (ports: WatchPorts) =>
  middy()
    .use(observed<unknown, readonly SloStatus[]>(ports.telemetry, 'watch-slo'))
    .handler(async (_event: unknown, { invocation }: ObservedContext): Promise<readonly SloStatus[]> => {
      // Metrics are stored per minute, and the current minute is incomplete.
      const until = Math.floor(ports.now() / MINUTE) * MINUTE;
      const statuses = await Promise.all(SLOS.map((slo) => statusOf(slo, until, ports)));
      const burning = statuses.filter((status) => status.burning !== null);
      invocation.count('SloBurning', burning.length);
      for (const { slo, burning: found } of burning) {
        invocation.warn('an SLO burns', {
          slo: slo.name,
          windows: found?.windows.name,
          severity: found?.windows.severity,
          long: found?.long,
          short: found?.short,
          runbook: slo.runbook,
        });
      }
      return statuses;
    });

async function statusOf(slo: Slo, until: number, { metricReader }: WatchPorts): Promise<SloStatus> {
  const lengths = [...new Set(BURN_WINDOWS.flatMap(({ long, short }) => [long, short]))];
  const counts = new Map<number, RequestCounts>();
  await Promise.all(
    lengths.map(async (length) => {
      const sum = (metric: string) => metricReader.sum(metric, slo.operation, until - length, until);
      const [requests, bad] = await Promise.all([sum(slo.requests), sum(slo.bad)]);
      counts.set(length, { requests, bad });
    }),
  );
  const burning = burnRate(slo.objective, (length) => counts.get(length) ?? { requests: 0, bad: 0 });
  return { slo, burning: burning ?? null };
}
