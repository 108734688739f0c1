import { hashUnit } from '#domain/core/keyed-random.ts';
import type { RequestOf } from '#domain/events/serving-chain-request-and-reply-types.ts';
import { aliasKey, type StoredPointer } from '#domain/models/model-registry-items.ts';
import type { Invocation } from '#ports/telemetry.ts';
import { servingModel } from '../model/choose-serving-model.ts';
import { POLL_EVERY } from '../model/compute-alias-versions-at-time.ts';
import { timeBucketCache } from '../resilience/time-bucket-cache.ts';
import { type Slate, type SlatePorts, slateMaker } from './make-slate.ts';

/** Maximum milliseconds that a request waits for the shadow's slate. */
const SHADOW_MS = 250;

/**
 * Returns a function that compares a slate with the slate of the version behind the alias `shadow`, for the alias's
 * share of the requests. It runs after the exposure was logged. No user sees the shadow's slate, and no exposure is
 * written for it. Metrics count failures and late slates, the duration, and the titles that both slates share.
 */
export function shadowTraffic(ports: SlatePorts) {
  const makeSlate = slateMaker(ports, servingModel(ports, 'shadow'));
  const readAlias = timeBucketCache(ports.now, POLL_EVERY, () =>
    ports.registry.get<StoredPointer>(aliasKey('shadow')).catch(() => undefined),
  );
  return async (
    request: RequestOf<'slate'>,
    requestId: string,
    shown: Slate,
    invocation: Invocation,
  ): Promise<void> => {
    const { share = 0, version = null } = (await readAlias()) ?? {};
    if (version === null || shown.policy !== 'model' || hashUnit(`shadow:${requestId}`) >= share) return;
    const startedAt = performance.now();
    invocation.count('ShadowRequests');
    try {
      const slate = () => makeSlate(request, requestId, { bypassCache: true });
      const { items, degraded } = await ports.deadlines.start(SHADOW_MS).run('the shadow', SHADOW_MS, slate);
      if (degraded !== null) throw new Error(degraded);
      const titles = new Set(shown.items.map(({ titleId }) => titleId));
      invocation.count('ShadowTitles', items.length);
      invocation.count('ShadowCommon', items.filter(({ titleId }) => titles.has(titleId)).length);
    } catch (error) {
      invocation.count('ShadowFailed');
      invocation.warn('the shadow returned no slate', { version, requestId, reason: (error as Error).message });
    }
    invocation.milliseconds('ShadowDuration', performance.now() - startedAt);
  };
}
