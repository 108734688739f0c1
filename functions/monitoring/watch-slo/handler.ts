import middy from '@middy/core';
import { type ObservedContext, observed } from '#adapters/lambda/observe-handler.ts';
import { MINUTE } from '#domain/core/time.ts';
import type { Ports } from '#ports/index.ts';
import { BURN_WINDOWS, type Burning, burnRate, type Counted } from '../burn-rate.ts';
import { SLOS, type Slo } from '../service-level-objectives.ts';

type WatchPorts = Pick<Ports, 'metricReader' | 'telemetry' | 'now'>;

export interface SloVerdict {
  readonly slo: Slo;
  /** The pair of windows that fires, or null while the SLO holds. */
  readonly burning: Burning | null;
}

/** Each minute: which SLOs burn. One log line with the runbook per burning SLO, and the metric `SloBurning` to alarm on. */
export const watchSlo = (ports: WatchPorts) =>
  middy()
    .use(observed<unknown, readonly SloVerdict[]>(ports.telemetry, 'watch-slo'))
    .handler(async (_event: unknown, { invocation }: ObservedContext): Promise<readonly SloVerdict[]> => {
      // Metrics are kept per minute: the one that is going on is not complete.
      const until = Math.floor(ports.now() / MINUTE) * MINUTE;
      const verdicts = await Promise.all(SLOS.map((slo) => judge(slo, until, ports)));
      const burning = verdicts.filter((verdict) => verdict.burning !== null);
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
      return verdicts;
    });

async function judge(slo: Slo, until: number, { metricReader }: WatchPorts): Promise<SloVerdict> {
  const lengths = [...new Set(BURN_WINDOWS.flatMap(({ long, short }) => [long, short]))];
  const counts = new Map<number, Counted>();
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
