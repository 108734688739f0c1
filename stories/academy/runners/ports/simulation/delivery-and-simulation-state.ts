import type { PortsProcess } from '../process/ports-process.ts';
import type { PortCall } from '../process/protocol.ts';
import type { DeliveryEnd, Fault, HistoryEntry } from './history-types.ts';
import type { Instances } from './start-and-kill-instances.ts';

/** The ports of a step, and the state behind them. */
export interface PortsWorld {
  /**
   * Applies a call of a port and returns its result. Throws for arguments that the real port would reject.
   *
   * @param share part of the writes that take effect, from 0 to 1
   * @param now the world's time, UTC epoch milliseconds
   */
  call(port: string, args: readonly unknown[], share: number, now: number): unknown;
}

/** A call of a port that was not answered yet. */
export interface OpenCall {
  readonly made: PortCall<unknown>;
  readonly line?: number;
  isStalled: boolean;
  /** What the port answers. Absent before the call took effect. */
  result?: { readonly value: unknown } | { readonly error: string };
}

/** A delivery that runs or has ended. */
export interface Delivery {
  readonly number: number;
  readonly instance: number;
  readonly fault?: Fault;
  readonly open: OpenCall[];
  calls: number;
  /** Number of calls that took effect. */
  effects: number;
  /** Whether the fault happened. */
  isDisturbed: boolean;
  end?: DeliveryEnd;
}

/** State of one scenario. */
export interface Simulation<Input> {
  readonly process: PortsProcess;
  readonly instances: Instances;
  readonly world: PortsWorld;
  readonly deliveries: Map<number, Delivery>;
  readonly entries: HistoryEntry<Input>[];
  /** Returns the line of the learner's file in a stack trace. */
  readonly lineOf: (stack: string) => number | undefined;
  /** The world's time, UTC epoch milliseconds. */
  now: number;
}

/** Ends a delivery, unless it has ended. */
export function endDelivery<Input>({ entries }: Simulation<Input>, delivery: Delivery, end: DeliveryEnd): void {
  if (delivery.end) return;
  delivery.end = end;
  entries.push({ kind: 'ended', delivery: delivery.number, end });
}

/** Kills an instance, with all deliveries that it was handling. */
export async function killInstance<Input>(
  simulation: Simulation<Input>,
  instance: number,
  end: DeliveryEnd,
): Promise<void> {
  for (const delivery of simulation.deliveries.values()) {
    if (delivery.instance !== instance) continue;
    delivery.open.length = 0;
    endDelivery(simulation, delivery, end);
  }
  await simulation.instances.kill(instance);
}
