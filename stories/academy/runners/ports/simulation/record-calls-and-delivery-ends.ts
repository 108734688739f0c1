import type { Turn } from '../process/protocol.ts';
import { type Delivery, endDelivery, killInstance, type Simulation } from './delivery-and-simulation-state.ts';
import { type DeliveryEnd, entriesOf } from './history-types.ts';

/** Maximum number of port calls during one delivery. */
const MAX_CALLS = 2_000;

/** Thrown if a delivery calls ports without end. */
export class TooManyCalls extends Error {
  readonly port: string;
  readonly calls = MAX_CALLS;
  readonly line?: number;
  /** Message of the last call that the port rejected. */
  readonly rejected?: string;
  constructor(port: string, line?: number, rejected?: string) {
    super(`more than ${MAX_CALLS} calls of ports for one delivery`);
    this.port = port;
    this.line = line;
    this.rejected = rejected;
  }
}

/** Records what the code of an instance did in one turn: its calls of ports, and the deliveries that ended. */
export async function recordTurn<Input>(
  simulation: Simulation<Input>,
  { calls, ends, unhandled }: Turn<unknown>,
  instance: number,
): Promise<void> {
  const { deliveries, entries, lineOf } = simulation;
  for (const made of calls) {
    const delivery = deliveries.get(made.invocation);
    // The code may call the ports of a delivery of an earlier scenario. Such calls are ignored.
    if (!delivery) continue;
    const { port, args } = made;
    const line = lineOf(made.stack);
    if (++delivery.calls > MAX_CALLS) throw new TooManyCalls(port, line, lastRejection(simulation));
    delivery.open.push({ made, line, isStalled: false });
    entries.push({ kind: 'called', delivery: delivery.number, port, args, line });
  }
  for (const end of ends) {
    const delivery = deliveries.get(end.invocation);
    if (!delivery) continue;
    const { kind } = end;
    if (kind === 'returned')
      endDelivery(simulation, delivery, { kind: 'responded', value: end.value, ...unfinishedCalls(delivery) });
    else endDelivery(simulation, delivery, { kind, message: end.message, line: lineOf(end.stack) });
  }
  if (unhandled) {
    const { message, stack } = unhandled;
    return await killInstance(simulation, instance, { kind: 'died', message, line: lineOf(stack) });
  }
  await killAfterResponse(simulation, instance);
}

/** Describes the calls of ports that are open when the function responds. */
function unfinishedCalls({ open }: Delivery): Pick<Extract<DeliveryEnd, { kind: 'responded' }>, 'unfinished'> {
  return open.length === 0 ? {} : { unfinished: open.map(({ made: { port }, line }) => ({ port, line })) };
}

const lastRejection = <Input>(simulation: Simulation<Input>): string | undefined =>
  entriesOf(simulation, 'applied').findLast(({ rejected }) => rejected)?.rejected;

async function killAfterResponse<Input>(simulation: Simulation<Input>, instance: number): Promise<void> {
  const { deliveries, entries } = simulation;
  const ended = [...deliveries.values()].find(
    (each) => each.instance === instance && each.fault?.how === 'kill after response' && !each.isDisturbed && each.end,
  );
  if (!ended) return;
  ended.isDisturbed = true;
  entries.push({ kind: 'killed', delivery: ended.number, when: 'response' });
  await killInstance(simulation, instance, { kind: 'killed' });
}
