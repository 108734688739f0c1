import type { Now } from '#domain/core/time.ts';
import { type Api, parseCollectReply } from '#domain/events/collect-and-recommend-contract.ts';
import type { CitySide } from '#domain/experiments/live-check-figure-types.ts';
import { validateEvent } from '../../../../functions/data-collection/validate-event.ts';

export type Deliveries = Pick<CitySide, 'arrived' | 'invalid' | 'falselyRejected' | 'letIn'>;

/**
 * Wraps an API, so that it counts the events that arrive and compares each rejection with the reference's. The service
 * itself reports nothing about its own quality.
 *
 * @param now the service's clock
 */
export function countDeliveries(api: Api, now: Now): { readonly api: Api; readonly total: () => Deliveries } {
  let [arrived, invalid, falselyRejected, letIn] = [0, 0, 0, 0];
  return {
    api: async (request) => {
      if (request.method !== 'POST' || request.body === undefined) return await api(request);
      const at = now();
      const response = await api(request);
      const reply = parseCollectReply(response);
      if (!reply) return response;
      const { events } = JSON.parse(request.body) as { readonly events: readonly unknown[] };
      const rejected = new Set(reply.rejected.map(({ index }) => index));
      arrived += events.length;
      for (const [index, event] of events.entries()) {
        const isValid = validateEvent(event, at).ok;
        if (!isValid) invalid++;
        if (isValid && rejected.has(index)) falselyRejected++;
        if (!isValid && !rejected.has(index)) letIn++;
      }
      return response;
    },
    total: () => ({ arrived, invalid, falselyRejected, letIn }),
  };
}
