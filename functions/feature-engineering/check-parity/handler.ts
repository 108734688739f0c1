import middy from '@middy/core';
import { type ObservedContext, observed } from '#adapters/lambda/record-handler-metrics-and-correlation-id.ts';
import { FEATURE_VIEWS } from '#domain/features/feature-views.ts';
import { type Watermark, watermarkKey } from '#domain/features/online-features-watermark-types.ts';
import type { Ports } from '#ports/index.ts';
import { type Parity, parity } from './online-offline-parity.ts';

type ParityPorts = Pick<Ports, 'lake' | 'features' | 'telemetry' | 'now'>;

const SAMPLE = { users: 100, titles: 50 } as const;
/** Maximum number of differing entities that a log line names. */
const NAMED = 10;
const VIEWS = Object.values(FEATURE_VIEWS);

/**
 * Runs on a schedule: compares the online features of a sample with the lake, and checks that each view is fresh.
 * Counts `FeaturesSampled`, `FeaturesAgreed`, `FeaturesDiffered`, `ViewsChecked` and `ViewsStale`; measures
 * `FeatureAge` in milliseconds.
 */
export const checkParity = (ports: ParityPorts) =>
  middy()
    .use(observed<unknown, Parity>(ports.telemetry, 'check-parity'))
    .handler(async (_event: unknown, { invocation }: ObservedContext): Promise<Parity> => {
      const now = ports.now();
      const watermark = await ports.features.get<Watermark>(watermarkKey);
      if (watermark) reportAge(invocation, now - watermark.asOf);
      const found = await parity(ports, String(now), SAMPLE);
      invocation.count('FeaturesSampled', found.sampled);
      invocation.count('FeaturesAgreed', found.agreed);
      invocation.count('FeaturesDiffered', found.differing.length);
      if (found.differing.length > 0) {
        const { sampled, agreed, differing } = found;
        invocation.warn('online features differ from offline', {
          sampled,
          agreed,
          differing: differing.slice(0, NAMED),
        });
      }
      return found;
    });

function reportAge(invocation: ObservedContext['invocation'], age: number): void {
  const stale = VIEWS.filter(({ freshness }) => age > freshness);
  invocation.milliseconds('FeatureAge', age);
  invocation.count('ViewsChecked', VIEWS.length);
  invocation.count('ViewsStale', stale.length);
  for (const { name, owner, freshness } of stale)
    invocation.warn('a view is stale', { view: name, owner, age, freshness });
}
