import { lineIn } from '../../../judging/explain-run-ending.ts';
import type { Delivery, PortsWorld, Simulation } from './delivery-and-simulation-state.ts';
import type { DeliveryEnd, Fault, History } from './history-types.ts';
import { type Order, runDeliveries } from './interleave-port-calls-of-deliveries.ts';
import { recordTurn } from './record-calls-and-delivery-ends.ts';

export interface ToDeliver<Input> {
  readonly input: Input;
  /** Position of the instance that handles the delivery. @default 0 */
  readonly instance?: number;
  readonly fault?: Fault;
}

export interface Delivered {
  /** @default - the delivery waits for a stalled call */
  readonly end?: DeliveryEnd;
  /** Whether the fault happened. */
  readonly isDisturbed: boolean;
}

/** Delivers inputs to the learner's function, as clients do. */
export interface Stage<Input> {
  /** Delivers inputs at the same time, and runs until each delivery has ended or waits for a stalled call. */
  deliver(inputs: readonly ToDeliver<Input>[], order?: Order): Promise<readonly Delivered[]>;
  /** Lets stalled calls proceed until all deliveries have ended. */
  release(): Promise<void>;
  /** Lets time pass, in milliseconds. */
  wait(milliseconds: number): void;
}

export interface StageOptions<Input, World extends PortsWorld>
  extends Pick<Simulation<Input>, 'process' | 'instances'> {
  readonly world: World;
  readonly argsOf: (input: Input, at: number) => readonly unknown[];
  /** Real path of the learner's file. */
  readonly file: string;
  /** Time at which the scenario begins, UTC epoch milliseconds. */
  readonly startsAt: number;
}

/** Returns a stage, and the entries of its history. */
export function stageOf<Input, World extends PortsWorld>({
  argsOf,
  file,
  startsAt,
  ...given
}: StageOptions<Input, World>): { readonly stage: Stage<Input>; readonly entries: History<Input, World>['entries'] } {
  const simulation: Simulation<Input> = {
    ...given,
    ...{ deliveries: new Map(), entries: [], now: startsAt, lineOf: (stack) => lineIn(stack, file) },
  };
  const { entries, deliveries } = simulation;
  const stage: Stage<Input> = {
    deliver: async (inputs, order = 'first') => {
      const started: Delivery[] = [];
      for (const each of inputs) started.push(await start(simulation, each, argsOf(each.input, simulation.now)));
      await runDeliveries(simulation, order);
      return started.map(({ end, isDisturbed }) => ({ end, isDisturbed }));
    },
    release: async () => {
      for (const { open } of deliveries.values()) for (const call of open) call.isStalled = false;
      await runDeliveries(simulation, 'first');
    },
    wait: (milliseconds) => {
      simulation.now += milliseconds;
    },
  };
  return { stage, entries };
}

async function start<Input>(
  simulation: Simulation<Input>,
  { input, instance: position = 0, fault }: ToDeliver<Input>,
  args: readonly unknown[],
): Promise<Delivery> {
  const { instances, deliveries, entries, process, now } = simulation;
  const instance = await instances.at(position);
  const number = instances.nextInvocation();
  const delivery: Delivery = { number, instance, fault, open: [], calls: 0, effects: 0, isDisturbed: false };
  deliveries.set(number, delivery);
  entries.push({ kind: 'delivered', delivery: number, input, instance, at: now });
  await recordTurn(simulation, await process.invoke(instance, number, args), instance);
  return delivery;
}
