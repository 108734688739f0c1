import type { Collected, CollectOutside } from '#domain/events/all-bricks-seam-types.ts';
import type { CollectionSide } from '#domain/experiments/live-check-figure-types.ts';
import { collectEvents } from '../../../../functions/data-collection/collect/collect-events.ts';
import { COLLECTOR_PORTS } from '../../host/learner-code/check-collector-arguments.ts';
import { parseCollected } from '../../host/learner-code/collect-with-learners-code.ts';
import type { CallEnd, ContainedCollector } from '../../host/learner-code/function-in-own-process-types.ts';
import { disturbedPorts, type Fault, MAX_CALLS } from './disturbed-ports.ts';

/** A collector whose ports fail, and what it did with them. */
export interface MeasuredCollector {
  readonly collectOutside: CollectOutside;
  /** Sets what goes wrong in the next delivery. */
  disturb(fault: Fault | undefined): void;
  readonly counts: () => Pick<CollectionSide, 'disturbed' | 'needlessCopies' | 'mostCalls'>;
  /** Calls that failed although nothing was disturbed, or that returned nonsense. */
  readonly code: () => {
    readonly calls: number;
    readonly failedCalls: number;
    readonly endedProcesses: number;
    readonly lastFailure?: string;
  };
}

/** Milliseconds for one delivery. */
const DELIVERY_MS = 5_000;

/** Milliseconds of failed calls after which the code is not called any more, so that code that hangs does not take hours. */
const MOST_FAILED_MS = 10_000;

/** Thrown to the service, so that the client gets no response. */
class NotCollected extends Error {}

interface Tally {
  disturbed: number;
  needlessCopies: number;
  mostCalls: number;
  calls: number;
  failedCalls: number;
  endedProcesses: number;
  failedMs: number;
  lastFailure?: string;
  /** Events that an undisturbed delivery has acknowledged. A correct collector never appends them again. */
  readonly settled: Set<string>;
}

/** Collects each batch with the given code only. If it fails, the client gets no response, and the reference does not help. */
export function measuredCollector(contained: ContainedCollector): MeasuredCollector {
  let next: Fault | undefined;
  const tally: Tally = {
    ...{ disturbed: 0, needlessCopies: 0, mostCalls: 0, calls: 0, failedCalls: 0, endedProcesses: 0, failedMs: 0 },
    settled: new Set<string>(),
  };
  return {
    disturb: (fault) => {
      next = fault;
    },
    collectOutside: (accepted, ports) =>
      accepted.length > 0 ? collect(contained, tally, next, [accepted, ports]) : undefined,
    counts: () => {
      const { disturbed, needlessCopies, mostCalls } = tally;
      return { disturbed, needlessCopies, mostCalls };
    },
    code: () => {
      const { calls, failedCalls, endedProcesses, lastFailure } = tally;
      return { calls, failedCalls, endedProcesses, ...(lastFailure !== undefined && { lastFailure }) };
    },
  };
}

/** @throws NotCollected */
async function collect(
  contained: ContainedCollector,
  tally: Tally,
  fault: Fault | undefined,
  [accepted, given]: Parameters<CollectOutside>,
): Promise<Collected> {
  if (tally.failedMs > MOST_FAILED_MS) throw new NotCollected('failed too often');
  const startedAt = performance.now();
  const ports = disturbedPorts(accepted, given, fault, copyCounter(tally));
  const { serve, isKilled } = ports;
  const { end, ended } = await contained.call({ accepted, ports: given, serve, isKilled }, DELIVERY_MS);
  tally.calls++;
  tally.mostCalls = Math.max(tally.mostCalls, ports.calls());
  if (ended !== undefined) tally.endedProcesses++;
  const isKilledLater = fault?.how === 'kill after response';
  const isDisturbed = ports.isDisturbed() || isKilledLater;
  if (isDisturbed) tally.disturbed++;
  const counts = end.kind === 'returned' ? parseCollected(end.value, accepted.length) : undefined;
  if (typeof counts === 'object') {
    if (isKilledLater) throw new NotCollected('was killed');
    if (!isDisturbed) for (const { eventId } of accepted) tally.settled.add(eventId);
    return counts;
  }
  tally.failedMs += performance.now() - startedAt;
  const isFlood = ports.calls() > MAX_CALLS;
  const reason = isFlood ? `called ports more than ${MAX_CALLS} times for one batch` : (counts ?? reasonOf(end));
  // A function that throws because a port failed does what it should.
  const isExpected = isDisturbed && counts === undefined && ended === undefined && !isFlood;
  if (!isExpected) {
    tally.failedCalls++;
    tally.lastFailure = reason;
  }
  throw new NotCollected(reason);
}

const reasonOf = (end: CallEnd): string => (end.kind === 'failed' ? end.reason : 'could not be called');

/** Returns a function that counts needless copies in one delivery. */
function copyCounter(tally: Tally): (ids: readonly string[]) => void {
  const appended = new Set<string>();
  return (ids) => {
    for (const id of ids) {
      if (tally.settled.has(id) || appended.has(id)) tally.needlessCopies++;
      appended.add(id);
    }
  };
}

/** The reference, which runs in this process. */
export const referenceCollector: ContainedCollector = {
  call: async ({ accepted, ports: { now, headers }, serve }) => {
    const calling =
      <T>(port: string) =>
      async (...args: readonly unknown[]): Promise<T> =>
        (await serve(port, args)) as T;
    try {
      const value = await collectEvents(accepted, {
        eventLog: { append: calling(COLLECTOR_PORTS.append) },
        idempotency: { getMany: calling(COLLECTOR_PORTS.getMany), putMany: calling(COLLECTOR_PORTS.putMany) },
        ...{ now, headers },
      });
      return { end: { kind: 'returned', value } };
    } catch (error) {
      return { end: { kind: 'failed', reason: `threw ${String(error)}`, isThrown: true } };
    }
  },
  [Symbol.dispose]: () => undefined,
};
