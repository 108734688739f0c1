import { FIX_THE_FILE, SeamUnusable } from '#adapters/composition/read-and-watch-seams-json.ts';
import { COLLECTOR_PORTS } from '../../localstack/embedded/host/learner-code/check-collector-arguments.ts';
import type {
  BatchToCollect,
  CallEnd,
  ContainedCollector,
} from '../../localstack/embedded/host/learner-code/function-in-own-process-types.ts';
import { clockAt, port } from '../../stories/academy/runners/ports/process/encode-arguments.ts';
import type { PortsEnding } from '../../stories/academy/runners/ports/process/ports-process.ts';
import {
  type RunningPortsFunction,
  startPortsFunction,
} from '../../stories/academy/runners/ports/serving/keep-learners-function-running.ts';
import type { PortsCallEnd } from '../../stories/academy/runners/ports/serving/run-function-call.ts';
import { clauseOf } from './start-function-in-confined-process.ts';

const NAME = 'collectEvents';

/** Starts a learner's collectEvents in a confined process. @throws SeamUnusable if the file cannot be loaded */
export async function startContainedCollector(file: string): Promise<ContainedCollector> {
  const started = await loaded(file);
  return {
    call: async (batch, milliseconds) => {
      const { serve, isKilled } = batch;
      const end = await started.call({ args: argsOf(batch), serve, isKilled, milliseconds });
      const ending = end.kind === 'ended' || end.kind === 'not-called' ? end.ending : undefined;
      const isStopped = ending?.kind === 'killed' && ending.why === 'stopped';
      return { end: callEndOf(end), ...(ending && !isStopped && { ended: describe(ending) }) };
    },
    [Symbol.dispose]: () => started[Symbol.dispose](),
  };
}

const argsOf = ({ accepted, ports }: BatchToCollect): readonly unknown[] => [
  accepted,
  {
    eventLog: { append: port(COLLECTOR_PORTS.append) },
    idempotency: { getMany: port(COLLECTOR_PORTS.getMany), putMany: port(COLLECTOR_PORTS.putMany) },
    now: clockAt(ports.now()),
    headers: { ...ports.headers },
  },
];

async function loaded(file: string): Promise<RunningPortsFunction> {
  let started: RunningPortsFunction | PortsEnding;
  try {
    started = await startPortsFunction({ file, name: NAME });
  } catch (cause) {
    throw new SeamUnusable(file, `it could not be loaded (${String(cause)})`, FIX_THE_FILE, { cause });
  }
  if (!('kind' in started)) return started;
  const isMissing = started.kind === 'missing-export' || started.kind === 'not-a-function';
  const why = isMissing ? `it exports no function named ${NAME}` : `it could not be loaded (it ${describe(started)})`;
  throw new SeamUnusable(file, why, FIX_THE_FILE);
}

function callEndOf(end: PortsCallEnd): CallEnd {
  const failed = (reason: string, isThrown = false): CallEnd => ({ kind: 'failed', reason, isThrown });
  switch (end.kind) {
    case 'returned':
      return end;
    case 'threw':
      return failed(`threw ${end.message}`, true);
    case 'silent':
      return failed('waits for a promise that is never settled');
    case 'unhandled':
      return failed(`left a rejected promise that nothing awaits: ${end.message}`);
    case 'flood':
      return failed(`called ports more than ${end.calls} times for one batch`);
    case 'killed':
      return failed('was killed');
    case 'late':
    case 'not-called':
      return { kind: 'unfinished', isSuspect: false };
    case 'ended':
      if (end.ending.kind === 'killed' && end.ending.why === 'stopped') return { kind: 'unfinished', isSuspect: false };
      return failed(describe(end.ending));
  }
}

/** Returns the reason why a process ended, as a clause whose subject is the learner's function or file. */
function describe(ending: PortsEnding): string {
  switch (ending.kind) {
    case 'flood':
      return `called ports ${ending.calls} times without waiting for any of the calls`;
    case 'too-large':
      return `passed too much data to a port, or returned too much data: ${ending.described}`;
    case 'slow':
      return 'used too much processor time';
    default:
      return clauseOf(ending);
  }
}
