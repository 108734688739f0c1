import { type ConfinementLevel, confinementLevel } from '../../../confinement/find-strongest-confinement.ts';
import { type Bundle, bundleCode } from '../../../confinement/function/bundle-code.ts';
import type { FunctionLimits } from '../../../confinement/function/run-function.ts';
import { SERVING_LIMITS } from '../../../confinement/function-server/start-function.ts';
import {
  type PortsEnding,
  type PortsProcess,
  PortsProcessEnded,
  portsProcess,
  SCRIPT,
} from '../process/ports-process.ts';
import { type PortsCall, type PortsCallEnd, runCall, withTimeout } from './run-function-call.ts';

/** A learner's async function in a confined process that keeps running between calls. */
export interface RunningPortsFunction extends Disposable {
  /**
   * Calls the function, and serves its calls of ports. Never rejects. Calls run one after another. If the process has
   * ended, a new process starts first. The new process runs the content that the file had when `startPortsFunction`
   * read it.
   */
  call(call: PortsCall): Promise<PortsCallEnd>;
}

/** Limits of a process that runs as long as a city. */
export const PORTS_SERVING_LIMITS: FunctionLimits = {
  ...SERVING_LIMITS,
  ...{ resultCharacters: 2_000_000, resultBytes: 8_000_000 },
};

/** Factor by which the time limit for the second attempt to load a file is longer. */
const PATIENCE = 5;

/** @returns the function, or why it could not be loaded */
export async function startPortsFunction(
  { file, name }: { readonly file: string; readonly name: string },
  limits: FunctionLimits = PORTS_SERVING_LIMITS,
  level: Promise<ConfinementLevel> = confinementLevel(),
): Promise<RunningPortsFunction | PortsEnding> {
  const bundle = await bundleCode({ file }, SCRIPT);
  if ('kind' in bundle) return bundle;
  const start = (most = limits) => started({ file, name, bundle }, most, level);
  const first = await start();
  // A process that got too little processor time says nothing about the code, so a second one gets more time.
  const isStarved = 'kind' in first && (first.kind === 'not-started' || first.kind === 'hang');
  const second = isStarved ? await start({ ...limits, load: limits.load * PATIENCE }) : first;
  return 'kind' in second ? second : restarting(second, start);
}

interface Target {
  readonly file: string;
  readonly name: string;
  readonly bundle: Bundle;
}

/** A process, and the instance that runs in it. */
interface Started {
  readonly process: PortsProcess;
  instance: number;
  hasEnded: boolean;
}

async function started(
  target: Target,
  limits: FunctionLimits,
  level: Promise<ConfinementLevel>,
): Promise<Started | PortsEnding> {
  const endless = { mostCpuMs: Number.POSITIVE_INFINITY, clock: Date.now(), seed: 1 };
  try {
    return { process: await portsProcess({ ...target, ...endless }, limits, level), instance: 0, hasEnded: false };
  } catch (error) {
    if (error instanceof PortsProcessEnded) return error.ending;
    throw error;
  }
}

function restarting(first: Started, start: () => Promise<Started | PortsEnding>): RunningPortsFunction {
  let current: Promise<Started | PortsEnding> = Promise.resolve(first);
  let last: Promise<unknown> = Promise.resolve();
  let isDisposed = false;
  let invocations = 0;
  /** Returns the running process, or starts one. */
  const running = async (): Promise<Started | PortsEnding> => {
    const found = await current;
    if (isDisposed || !('kind' in found || found.hasEnded)) return found;
    current = start();
    return await current;
  };
  const end = (found: Started): void => {
    found.hasEnded = true;
    void found.process[Symbol.asyncDispose]();
  };
  const call = async (given: PortsCall): Promise<PortsCallEnd> => {
    const until = performance.now() + given.milliseconds;
    const found = await withTimeout(running(), given.milliseconds);
    if (!found || isDisposed) return { kind: 'not-called' };
    if ('kind' in found) return { kind: 'not-called', ending: found };
    try {
      const result = await runCall(found.process, found.instance, invocations++, {
        ...given,
        milliseconds: until - performance.now(),
      });
      if (result.kind === 'ended') end(found);
      else if (!KEEPS_INSTANCE.includes(result.kind)) await renew(found);
      return result;
    } catch (error) {
      end(found);
      if (error instanceof PortsProcessEnded) return { kind: 'ended', ending: error.ending };
      throw error;
    }
  };
  return {
    call: (given) => {
      const result = last.then(() => call(given));
      last = result.catch(() => undefined);
      return result;
    },
    [Symbol.dispose]: () => {
      isDisposed = true;
      void current.then((found) => 'kind' in found || end(found));
    },
  };
}

/** Kinds of endings after which the code can be called again. After all others, the code may still be waiting. */
const KEEPS_INSTANCE: readonly string[] = ['returned', 'threw'];

/** Discards the memory of the code, with everything that it waits for. */
async function renew(found: Started): Promise<void> {
  await found.process.kill(found.instance);
  found.instance = await found.process.start();
}
