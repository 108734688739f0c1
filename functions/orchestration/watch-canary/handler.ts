import middy from '@middy/core';
import { type ObservedContext, observed } from '#adapters/lambda/record-handler-metrics-and-correlation-id.ts';
import { modelRegistry } from '#model-registry/model-registry.ts';
import type { Ports } from '#ports/index.ts';
import { type CanaryDecision, decideCanary } from './decide-canary.ts';
import { armsSince } from './measure-canary-arms.ts';

type WatchPorts = Pick<Ports, 'registry' | 'models' | 'lake' | 'now' | 'telemetry'>;
const WHO = 'watch-canary';

/**
 * Compares the canary's users with the champion's every five minutes, and rolls the canary back once it is certainly
 * worse. A person decides whether to promote it.
 *
 * @returns null without a canary
 */
export const watchCanary = (ports: WatchPorts) =>
  middy()
    .use(observed<unknown, CanaryDecision | null>(ports.telemetry, WHO))
    .handler(async (_event: unknown, { invocation }: ObservedContext): Promise<CanaryDecision | null> => {
      const registry = modelRegistry(ports);
      const [canary, champion] = [await registry.alias('canary'), await registry.alias('champion')];
      if (!canary) return null;
      if (canary.version === champion?.version) {
        await registry.clearAlias('canary', {
          who: WHO,
          why: 'the canary has become the champion',
          from: canary.version,
        });
        return null;
      }
      // Slates from before the latest change of an alias belong to another comparison.
      const since = Math.max(canary.changedAt, champion?.changedAt ?? 0);
      const arms = await armsSince(ports.lake, canary, since);
      const decision = decideCanary(arms.champion, arms.canary);
      invocation.count('CanaryUsers', arms.canary.plays.units);
      const { reason, lift, degraded } = decision;
      const facts = { version: canary.version, reason, lift: { ...lift }, degraded: { ...degraded } };
      if (decision.action === 'roll-back') {
        await registry.clearAlias('canary', { who: WHO, why: decision.reason, from: canary.version });
        invocation.count('CanaryRolledBack');
        invocation.warn('the canary was rolled back', facts);
      } else invocation.info('the canary was kept', facts);
      return decision;
    });
