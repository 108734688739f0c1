/**
 * Calls a learner's function in a separate realm and reports each outcome, without evaluating it. run-function.ts
 * starts this program in a confined process.
 */
import type { Failure, LoadRequest, Request, Response } from '../message-types.ts';
import { callBatch } from './call-batch.ts';
import { callFunction } from './call-function.ts';
import { requests, respond as respondWith } from './exchange-json-lines.ts';
import { startSampling } from './find-line-of-endless-loop.ts';
import { freezeStackAccessors } from './freeze-stack-accessors.ts';
import { type Loaded, loadCode } from './load-code.ts';
import { leftovers } from './report-unhandled-rejection.ts';

freezeStackAccessors();
const respond = respondWith<Response>;

/** Handles requests until one ends the run. The first one loads the code. */
async function serve(): Promise<void> {
  const queue = requests<Request>();
  const { value: setup } = queue.next() as { value: LoadRequest };
  const sampling = setup.samples === false ? undefined : startSampling();
  const fail = failing(setup, sampling);
  respond(setup.token, { kind: 'started' });
  const loaded = await load(setup);
  if ('kind' in loaded) return fail(loaded, '');
  const { realm } = loaded;
  respond(setup.token, { kind: 'loaded' });
  for (const request of queue) {
    const changed = realm.changedBuiltin();
    if (changed) return fail({ kind: 'pollution', ...changed }, realm.takePrinted());
    if (request.kind === 'batch') {
      const failure = await callBatch(loaded, request, setup);
      if (failure) return fail(failure, realm.takePrinted());
      continue;
    }
    if (request.kind !== 'call') return respond(setup.token, { kind: 'done' });
    const outcome = await callFunction(loaded, request, setup.limits);
    if (outcome.kind === 'hang') return fail(outcome, realm.takePrinted());
    respond(setup.token, { kind: 'outcome', outcome, printed: realm.takePrinted() });
  }
}

async function load(setup: LoadRequest): Promise<Loaded | Failure> {
  const loaded = loadCode(setup);
  if ('kind' in loaded) return loaded;
  const left = await leftovers(loaded.realm, setup.limits.load);
  if (left?.kind === 'threw') return { kind: 'load', message: left.message, stack: left.stack };
  return loaded;
}

const failing =
  ({ token, script }: LoadRequest, sampling: ReturnType<typeof startSampling> | undefined) =>
  (failure: Failure, printed: string): void => {
    const stack = failure.kind === 'hang' ? sampling?.hotLine(script.fileName) : undefined;
    respond(token, { kind: 'failure', failure: { ...failure, ...(stack ? { stack } : {}) }, printed });
  };

await serve();
process.exit(0);
