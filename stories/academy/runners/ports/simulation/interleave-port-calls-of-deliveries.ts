import {
  type Delivery,
  endDelivery,
  killInstance,
  type OpenCall,
  type Simulation,
} from './delivery-and-simulation-state.ts';
import { recordTurn } from './record-calls-and-delivery-ends.ts';

/**
 * Which of the open calls proceeds next: always the one made first or last, or a chosen one. In a chosen order, a call
 * takes effect and is answered in separate steps, so that other deliveries can come between.
 */
export type Order = 'first' | 'last' | ((choices: number) => number);

/** Answers calls of ports until all deliveries have ended or wait for a stalled call. */
export async function runDeliveries<Input>(simulation: Simulation<Input>, order: Order): Promise<void> {
  for (;;) {
    const choices = [...simulation.deliveries.values()].flatMap((delivery) =>
      delivery.open.filter(({ isStalled }) => !isStalled).map((call) => ({ delivery, call })),
    );
    const choice = choices[indexOf(order, choices.length)];
    if (!choice) break;
    const { delivery, call } = choice;
    const isNew = !call.result;
    if (isNew && !(await takeEffect(simulation, delivery, call))) continue;
    if (isNew && typeof order === 'function') continue;
    await answer(simulation, delivery, call);
  }
  for (const delivery of simulation.deliveries.values()) {
    if (delivery.open.length === 0) endDelivery(simulation, delivery, { kind: 'silent' });
  }
}

function indexOf(order: Order, choices: number): number {
  if (order === 'first') return 0;
  return order === 'last' ? choices - 1 : order(choices);
}

async function answer<Input>(simulation: Simulation<Input>, delivery: Delivery, call: OpenCall): Promise<void> {
  const { process } = simulation;
  delivery.open.splice(delivery.open.indexOf(call), 1);
  const { made, result } = call;
  if (!result) return;
  const turn =
    'error' in result
      ? await process.reject(delivery.instance, made.call, result.error)
      : await process.answer(delivery.instance, made.call, result.value);
  await recordTurn(simulation, turn, delivery.instance);
}

/** Lets a call take effect, and disturbs it if it is the fault's target. @returns whether it can be answered */
async function takeEffect<Input>(simulation: Simulation<Input>, delivery: Delivery, call: OpenCall): Promise<boolean> {
  const { fault, number } = delivery;
  const { entries } = simulation;
  const { port } = call.made;
  if (!fault || !('call' in fault) || delivery.isDisturbed || fault.call !== delivery.effects) {
    delivery.effects++;
    apply(simulation, delivery, call, 1);
    return true;
  }
  delivery.isDisturbed = true;
  if (fault.how === 'stall') {
    call.isStalled = true;
    entries.push({ kind: 'stalled', delivery: number, port, line: call.line });
    return false;
  }
  delivery.effects++;
  if (fault.how === 'fail') {
    apply(simulation, delivery, call, fault.share);
    call.result = { error: `${port} failed: the service is not available` };
    entries.push({ kind: 'failed', delivery: number, port, line: call.line });
    return true;
  }
  apply(simulation, delivery, call, fault.when === 'during' ? 1 / 2 : 1);
  entries.push({ kind: 'killed', delivery: number, port, when: fault.when, line: call.line });
  await killInstance(simulation, delivery.instance, { kind: 'killed' });
  return false;
}

function apply<Input>(
  { world, entries, now }: Simulation<Input>,
  delivery: Delivery,
  call: OpenCall,
  share: number,
): void {
  const { port, args } = call.made;
  const entry = { kind: 'applied', delivery: delivery.number, port, args, share, line: call.line } as const;
  try {
    call.result = { value: world.call(port, args, share, now) };
    entries.push(entry);
  } catch (error) {
    const { message } = error as Error;
    call.result = { error: message };
    entries.push({ ...entry, share: 0, rejected: message });
  }
}
