import { hashUnit } from '#domain/core/keyed-random.ts';
import type { RecommendQuery } from '#domain/events/api-contract.ts';
import { aliasKey, type StoredPointer } from '#domain/models/model-versions.ts';
import type { Invocation } from '#ports/telemetry.ts';
import { CHECK_EVERY } from '../model/model-rollover.ts';
import { championKeeper } from '../model/serving-model.ts';
import { byBucket } from '../resilience/time-bucket-cache.ts';
import { type Slate, type SlatePorts, slateMaker } from './slate.ts';

/** What a request that is compared waits for the shadow at most. */
const PATIENCE_MS = 250;

/**
 * Asks the version behind the alias `shadow` what it would show, for its share of the requests, after the answer is made
 * and logged. Nobody sees it and no exposure is written; metrics say how often it failed or was late, how long it took,
 * and how many titles it shares with what was shown.
 */
export function shadowOf(ports: SlatePorts) {
  const makeSlate = slateMaker(ports, championKeeper(ports, 'shadow'));
  const askedNow = byBucket(ports.now, CHECK_EVERY, () =>
    ports.registry.get<StoredPointer>(aliasKey('shadow')).catch(() => undefined),
  );
  return async (query: RecommendQuery, requestId: string, shown: Slate, invocation: Invocation): Promise<void> => {
    const { share = 0, version = null } = (await askedNow()) ?? {};
    if (version === null || shown.policy !== 'model' || hashUnit(`shadow:${requestId}`) >= share) return;
    const began = performance.now();
    invocation.count('ShadowRequests');
    try {
      const slate = () => makeSlate(query, requestId, { afresh: true });
      const { items, degraded } = await ports.deadlines.start(PATIENCE_MS).run('the shadow', PATIENCE_MS, slate);
      if (degraded !== null) throw new Error(degraded);
      const titles = new Set(shown.items.map(({ titleId }) => titleId));
      invocation.count('ShadowTitles', items.length);
      invocation.count('ShadowCommon', items.filter(({ titleId }) => titles.has(titleId)).length);
    } catch (error) {
      invocation.count('ShadowFailed');
      invocation.warn('the shadow gave no slate', { version, requestId, reason: (error as Error).message });
    }
    invocation.milliseconds('ShadowDuration', performance.now() - began);
  };
}
