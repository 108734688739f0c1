import { z } from 'zod';
import type { Collected, CollectOutside, CollectorPorts } from '#domain/events/all-bricks-seam-types.ts';
import type { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import { type FunctionStatus, superviseFunction } from './fall-back-to-reference.ts';
import type { CallEnd, ContainedCollector, ContainedFunction } from './function-in-own-process-types.ts';
import { type GuardedPorts, guardCollectorPorts } from './guard-collector-ports.ts';

export interface LearnersCollector extends Disposable {
  readonly collectOutside: CollectOutside;
  readonly status: () => FunctionStatus;
}

/** The reference must collect the batch, but the learner's code did nothing wrong. */
const PORT_FAILED = undefined;

/**
 * Collects batches with the learner's `collectEvents`. The reference collects a batch if the call fails, if its numbers do
 * not add up, or if an event is then neither in the log nor in the table: the code's own numbers prove nothing. The
 * reference may append events a second time; readers drop the copies. If the function fails too often, the reference
 * takes over. A call that throws because a port failed does not count as a failure.
 */
export function collectWithLearnersCode(
  contained: ContainedCollector,
  onStatus: (status: FunctionStatus) => void,
): LearnersCollector {
  const supervised = superviseFunction<Collected | typeof PORT_FAILED>({
    ...{ name: 'collectEvents', contained: oneBatchPerCall(contained), onStatus },
    parse: (value) => ({ value: value as Collected | typeof PORT_FAILED }),
  });
  const collect = async (accepted: readonly ClientEvent[], ports: CollectorPorts) => {
    const [result] = await supervised.call([[accepted, ports]]);
    return result && 'value' in result ? result.value : undefined;
  };
  return {
    collectOutside: (accepted, ports) =>
      supervised.isInUse() && accepted.length > 0 ? collect(accepted, ports) : undefined,
    status: supervised.status,
    [Symbol.dispose]: () => supervised[Symbol.dispose](),
  };
}

function oneBatchPerCall(contained: ContainedCollector): ContainedFunction {
  return {
    call: async ([call], { milliseconds }) => {
      const [accepted, ports] = call as unknown as readonly [readonly ClientEvent[], CollectorPorts];
      const guard = guardCollectorPorts(accepted, ports);
      const { end, ended } = await contained.call({ accepted, ports, serve: guard.serve }, milliseconds);
      return { calls: [await checked(end, accepted, guard)], ...(ended !== undefined && { ended }) };
    },
    [Symbol.dispose]: () => contained[Symbol.dispose](),
  };
}

/** Returns how a call ended, after a comparison with what the ports have stored. */
async function checked(end: CallEnd, accepted: readonly ClientEvent[], guard: GuardedPorts): Promise<CallEnd> {
  if (end.kind === 'failed') return guard.hasFailed() && end.isThrown ? { kind: 'returned', value: PORT_FAILED } : end;
  if (end.kind !== 'returned') return end;
  const counts = parseCollected(end.value, accepted.length);
  if (typeof counts === 'string') return { kind: 'failed', reason: counts };
  try {
    const [lost, ...more] = await guard.finish();
    if (lost === undefined) return { kind: 'returned', value: counts };
    const others = more.length > 0 ? ` and ${more.length} more` : '';
    return { kind: 'failed', reason: `counted ${lost}${others}, which is neither in the log nor in the table` };
  } catch {
    return { kind: 'returned', value: PORT_FAILED };
  }
}

const Count = z.int().nonnegative();
const Counts = z.object({ accepted: Count, duplicates: Count });

/** Returns the numbers, or why they are invalid, as a clause. */
export function parseCollected(value: unknown, events: number): Collected | string {
  const { success, data } = Counts.safeParse(value);
  if (!success) return 'returned no numbers { accepted, duplicates }';
  const { accepted, duplicates } = data;
  if (accepted + duplicates === events) return data;
  return `returned { accepted: ${accepted}, duplicates: ${duplicates} } for ${events} events`;
}
