/**
 * Runs a learner's async function against ports in separate realms, and reports each call of a port without answering
 * it. ports-process.ts starts this program in a confined process.
 */
import { requests, respond as respondWith } from '../../../../confinement/function/inside/exchange-json-lines.ts';
import { startSampling } from '../../../../confinement/function/inside/find-line-of-endless-loop.ts';
import { freezeStackAccessors } from '../../../../confinement/function/inside/freeze-stack-accessors.ts';
import type { LoadRequest } from '../../../../confinement/function/message-types.ts';
import type { PortsFailure, PortsRequest, PortsResponse } from '../protocol.ts';
import { type Instance, loadInstance } from './load-and-run-module-copy.ts';

freezeStackAccessors();
const respond = respondWith<PortsResponse>;
/** Number of turns between two searches for changed built-in objects, which cost as much as several turns. */
const WATCH_EVERY = 20;

async function serve(): Promise<void> {
  const queue = requests<PortsRequest>();
  const { value: setup } = queue.next() as { value: LoadRequest };
  const sampling = startSampling();
  const fail = (failure: PortsFailure, printed = ''): void => {
    const stack = failure.kind === 'hang' ? sampling.hotLine(setup.script.fileName) : undefined;
    respond(setup.token, { kind: 'failure', failure: { ...failure, ...(stack ? { stack } : {}) }, printed });
  };
  respond(setup.token, { kind: 'started' });
  const first = await loadInstance(setup);
  if ('kind' in first) return fail(first);
  const instances = new Map<number, Instance>([[0, first]]);
  respond(setup.token, { kind: 'loaded' });
  for (const request of queue) {
    const failure = await handle(request, setup, instances);
    if (failure) return fail(failure);
  }
}

let turns = 0;

/** Handles a request. @returns why the run ends */
async function handle(
  request: PortsRequest,
  setup: LoadRequest,
  instances: Map<number, Instance>,
): Promise<PortsFailure | undefined> {
  if (request.kind === 'load') return undefined;
  if (request.kind === 'start') {
    const instance = await loadInstance(setup);
    if ('kind' in instance) return instance;
    instances.set(request.instance, instance);
    respond(setup.token, { kind: 'loaded' });
    return undefined;
  }
  const instance = instances.get(request.instance);
  if (!instance) throw new Error(`instance ${request.instance} does not run`);
  if (request.kind === 'kill' || turns++ % WATCH_EVERY === 0) {
    const changed = instance.realm.changedBuiltin();
    if (changed) return { kind: 'pollution', ...changed };
  }
  if (request.kind === 'kill') {
    instances.delete(request.instance);
    respond(setup.token, { kind: 'loaded' });
    return undefined;
  }
  const turn = await instance.run(request);
  if ('kind' in turn) return turn;
  respond(setup.token, { kind: 'turn', turn });
  return undefined;
}

await serve();
process.exit(0);
