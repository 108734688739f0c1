import type { CollectorPorts } from '#domain/events/all-bricks-seam-types.ts';
import type { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import { eventKey } from '#domain/events/idempotency-key.ts';
import { argumentChecks, COLLECTOR_PORTS } from '../../host/learner-code/check-collector-arguments.ts';

/** What goes wrong in one delivery. */
export type Fault =
  /** A call of a port fails. `share` of its writes take effect, 0 to 1. `call`: 0 is the first call of the delivery. */
  | { readonly how: 'fail'; readonly call: number; readonly share: number }
  /** The process is killed during a call of a port. */
  | { readonly how: 'kill'; readonly call: number; readonly share: number }
  /** The process is killed after the response, which does not reach the client. */
  | { readonly how: 'kill after response' };

/** The ports of one delivery. */
export interface DisturbedPorts {
  readonly serve: (port: string, args: readonly unknown[]) => Promise<unknown>;
  /** Whether the process was killed in the last call. */
  readonly isKilled: () => boolean;
  /** Whether the fault happened. */
  readonly isDisturbed: () => boolean;
  /** Number of calls. */
  readonly calls: () => number;
}

/** Calls of ports in one delivery after which it is given up. A batch has at most 8 events. */
export const MAX_CALLS = 200;

/**
 * Serves the ports of one delivery, and lets one of the calls fail. Unlike the guard of a city, it stores marks at once,
 * so that a wrong order of the writes has the effect that it would have in production.
 *
 * @param onAppend receives the ids of the events whose records were appended
 */
export function disturbedPorts(
  accepted: readonly ClientEvent[],
  ports: CollectorPorts,
  fault: Fault | undefined,
  onAppend: (ids: readonly string[]) => void,
): DisturbedPorts {
  const perform = performer(accepted, ports, onAppend);
  let calls = 0;
  let [isKilled, isDisturbed] = [false, false];
  return {
    isKilled: () => isKilled || calls > MAX_CALLS,
    isDisturbed: () => isDisturbed,
    calls: () => calls,
    serve: async (port, args) => {
      const call = calls++;
      const isHit = fault !== undefined && 'call' in fault && fault.call === call;
      const result = await perform(port, args, isHit ? fault.share : 1);
      if (!isHit) return result;
      isDisturbed = true;
      isKilled = fault.how === 'kill';
      throw new Error(`${port} failed: the service is not available`);
    },
  };
}

/** Returns a function that performs a call, of whose writes a share takes effect. */
function performer(
  accepted: readonly ClientEvent[],
  ports: CollectorPorts,
  onAppend: (ids: readonly string[]) => void,
) {
  const check = argumentChecks(
    Map.groupBy(accepted, ({ eventId }) => eventId),
    ports,
  );
  const part = <T>(all: readonly T[], share: number): readonly T[] => all.slice(0, Math.floor(all.length * share));
  return async (port: string, args: readonly unknown[], share: number): Promise<unknown> => {
    if (port === COLLECTOR_PORTS.getMany) return await ports.idempotency.getMany(check.ids(args).map(eventKey));
    if (port === COLLECTOR_PORTS.putMany) {
      const entries = part(check.entries(args), share);
      return await ports.idempotency.putMany(entries.map(({ entry }) => entry));
    }
    const records = part(check.records(args), share);
    if (records.length === 0) return [];
    const positions = await ports.eventLog.append(
      EVENTS,
      records.map(({ record }) => record),
    );
    onAppend(records.map(({ eventId }) => eventId));
    return positions;
  };
}
