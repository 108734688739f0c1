import middy from '@middy/core';
import { type ObservedContext, observed } from '#adapters/lambda/observe-handler.ts';
import { modelRegistry } from '#model-registry/model-registry.ts';
import type { Ports } from '#ports/index.ts';
import { armsSince } from './canary-arms.ts';
import { type CanaryVerdict, decide } from './decide-canary.ts';

type WatchPorts = Pick<Ports, 'registry' | 'models' | 'lake' | 'now' | 'telemetry'>;
const WHO = 'watch-canary';

/**
 * Each five minutes, while there is a canary: what its users did beside what the champion's did. Takes it back when it is
 * worse for certain. To promote it is left to a person.
 *
 * @returns null without a canary
 */
export const watchCanary = (ports: WatchPorts) =>
  middy()
    .use(observed<unknown, CanaryVerdict | null>(ports.telemetry, WHO))
    .handler(async (_event: unknown, { invocation }: ObservedContext): Promise<CanaryVerdict | null> => {
      const registry = modelRegistry(ports);
      const [canary, champion] = [await registry.alias('canary'), await registry.alias('champion')];
      if (!canary) return null;
      if (canary.version === champion?.version) {
        await registry.clearAlias('canary', { who: WHO, why: 'it is the champion', from: canary.version });
        return null;
      }
      // A champion that came later is another one to compare with.
      const since = Math.max(canary.changedAt, champion?.changedAt ?? 0);
      const arms = await armsSince(ports.lake, canary, since);
      const verdict = decide(arms.champion, arms.canary);
      invocation.count('CanaryUsers', arms.canary.plays.units);
      const { reason, lift, degraded } = verdict;
      const facts = { version: canary.version, reason, lift: { ...lift }, degraded: { ...degraded } };
      if (verdict.action === 'roll-back') {
        await registry.clearAlias('canary', { who: WHO, why: verdict.reason, from: canary.version });
        invocation.count('CanaryRolledBack');
        invocation.warn('the canary was rolled back', facts);
      } else invocation.info('the canary goes on', facts);
      return verdict;
    });
