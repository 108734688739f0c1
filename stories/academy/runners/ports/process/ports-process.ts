import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type ConfinementLevel, confinementLevel } from '../../../confinement/find-strongest-confinement.ts';
import { type Bundle, bundleCode } from '../../../confinement/function/bundle-code.ts';
import { harnessCode } from '../../../confinement/function/bundle-harness.ts';
import { START_MS } from '../../../confinement/function/collect-outcomes-or-kill-run.ts';
import type { LoadRequest } from '../../../confinement/function/message-types.ts';
import { type FunctionLimits, LIMITS, startHarness } from '../../../confinement/function/run-function.ts';
import { appendPrinted } from '../../../confinement/function/values/append-printed-up-to-limit.ts';
import { decode } from '../../../confinement/function/values/decode.ts';
import { builtinsOf, type Wire } from '../../../confinement/function/values/wire-type-and-realm-builtins.ts';
import { exchangeWith, type ProcessEnding } from '../../../confinement/function-server/exchange-lines-with-process.ts';
import { encodeValue } from './encode-arguments.ts';
import type { PortsFailure, PortsRequest, PortsResponse, Turn } from './protocol.ts';
import { readPortsResponse } from './read-responses.ts';

/** Why the process ended, or why it could not run the function. */
export type PortsEnding =
  | ProcessEnding
  | PortsFailure
  /** All turns together used more processor time than the target allows. */
  | { readonly kind: 'slow' };

/** Thrown by the methods of a process that has ended. */
export class PortsProcessEnded extends Error {
  readonly ending: PortsEnding;
  constructor(ending: PortsEnding) {
    super(`the process ended: ${ending.kind}`);
    this.ending = ending;
  }
}

/**
 * A confined process with a learner's async function. It runs one turn at a time. A turn ends when the code waits for
 * ports, and reports the calls of ports. All methods throw PortsProcessEnded if the process ends.
 */
export interface PortsProcess extends AsyncDisposable {
  /** Loads the code again, with nothing of an earlier instance in its memory. @returns the instance's number */
  start(): Promise<number>;
  /** Discards an instance. None of its code runs again. */
  kill(instance: number): Promise<void>;
  /** Discards all instances. Like kill(), it ends the process if the code changed a built-in object. */
  killAll(): Promise<void>;
  /** Calls the function. The arguments may contain port() and clockAt(). */
  invoke(instance: number, invocation: number, args: readonly unknown[]): Promise<Turn<unknown>>;
  /** Answers a call of a port. */
  answer(instance: number, call: number, value: unknown): Promise<Turn<unknown>>;
  /** Answers a call of a port with an error. */
  reject(instance: number, call: number, message: string): Promise<Turn<unknown>>;
  /** The beginning of the code's output. */
  printed(): string;
}

export interface PortsTarget {
  /** Absolute path of the learner's file. */
  readonly file: string;
  /** Name of the function that the file must export. */
  readonly name: string;
  /** Start time of the code's clock, UTC epoch milliseconds. */
  readonly clock: number;
  readonly seed: number;
  /** The bundled file. @default - the file is bundled */
  readonly bundle?: Bundle;
  /** Milliseconds of processor time of all turns. @default MAX_CPU_MS */
  readonly mostCpuMs?: number;
}

/** Milliseconds of processor time of all turns of one check. */
export const MAX_CPU_MS = 8_000;

/** Limits of one check. The steps of a simulation are many and short. */
export const PORTS_LIMITS: FunctionLimits = {
  ...LIMITS,
  ...{ total: 60_000, cpuSeconds: 30, resultCharacters: 2_000_000, resultBytes: 8_000_000 },
};

/** Milliseconds that the process may take, besides the turn's limit, until its next response. */
const GRACE_MS = 8_000;
/** Name of the learner's script in stack traces. */
export const SCRIPT = 'learner-code';
const HARNESS = join(import.meta.dirname, 'inside/main.ts');
const builtins = builtinsOf(globalThis);

/** Starts a process and loads the function. @throws PortsProcessEnded */
export async function portsProcess(
  target: PortsTarget,
  limits: FunctionLimits = PORTS_LIMITS,
  level: Promise<ConfinementLevel> = confinementLevel(),
): Promise<PortsProcess> {
  // Node starts while the code is bundled.
  const starting = startHarness({ ...limits, resultBytes: Number.POSITIVE_INFINITY }, level, harnessCode(HARNESS));
  const bundle = target.bundle ?? (await bundleCode({ file: target.file }, SCRIPT));
  const confined = await starting;
  if ('kind' in bundle) {
    confined.kill('stopped');
    throw new PortsProcessEnded(bundle);
  }
  const load = loadRequest(target, bundle, limits);
  const exchange = exchangeWith<PortsRequest, PortsResponse>(
    confined,
    load.token,
    limits.resultBytes,
    readPortsResponse,
  );
  let printed = '';
  let hasStarted = false;
  let cpuMs = 0;
  const ask = async (request: PortsRequest, firstMs: number): Promise<Turn<Wire> | undefined> => {
    let turn: Turn<Wire> | undefined;
    const ending = await exchange.run([request], firstMs, (response) => {
      hasStarted = true;
      if (response.kind === 'started') return limits.load + GRACE_MS;
      if (response.kind === 'turn') turn = response.turn;
      return 'done';
    });
    if (!ending) return turn;
    confined.kill('stopped');
    if (!hasStarted) throw new PortsProcessEnded({ kind: 'not-started', errors: confined.errors() });
    throw new PortsProcessEnded(inSources(ending, bundle));
  };
  const turnOf = async (request: PortsRequest): Promise<Turn<unknown>> => {
    const turn = await ask(request, limits.call + GRACE_MS);
    if (!turn) throw new PortsProcessEnded({ kind: 'killed', why: 'ended' });
    printed = appendPrinted(printed, bundle.inSources(turn.printed));
    cpuMs += turn.cpuMs;
    if (cpuMs > (target.mostCpuMs ?? MAX_CPU_MS)) throw new PortsProcessEnded({ kind: 'slow' });
    return decodedTurn(turn, bundle);
  };
  await ask(load, START_MS);
  let instances = 1;
  const running = new Set([0]);
  const kill = async (instance: number): Promise<void> => {
    running.delete(instance);
    await ask({ kind: 'kill', instance }, limits.call + GRACE_MS);
  };
  return {
    start: async () => {
      const instance = instances++;
      running.add(instance);
      await ask({ kind: 'start', instance }, limits.load + GRACE_MS);
      return instance;
    },
    kill,
    killAll: async () => {
      for (const instance of running) await kill(instance);
    },
    invoke: (instance, invocation, args) =>
      turnOf({ kind: 'invoke', instance, invocation, args: args.map(encodeValue) }),
    answer: (instance, call, value) => turnOf({ kind: 'answer', instance, call, value: encodeValue(value) }),
    reject: (instance, call, message) => turnOf({ kind: 'reject', instance, call, message }),
    printed: () => printed,
    [Symbol.asyncDispose]: async () => {
      confined.kill('stopped');
      await confined.ended;
    },
  };
}

function loadRequest({ name, clock, seed }: PortsTarget, { script }: Bundle, limits: FunctionLimits): LoadRequest {
  const { load, call, resultCharacters } = limits;
  const token = randomBytes(16).toString('hex');
  return { kind: 'load', token, script, name, clock, seed, limits: { load, call, resultCharacters } };
}

function inSources(ending: PortsEnding, bundle: Bundle): PortsEnding {
  return 'stack' in ending && ending.stack ? { ...ending, stack: bundle.inSources(ending.stack) } : ending;
}

/** Decodes a turn. A value that does not follow the protocol becomes a description. */
function decodedTurn(
  { calls, ends, unhandled, ...rest }: Turn<Wire>,
  { inSources: translated }: Bundle,
): Turn<unknown> {
  const decoded = (wire: Wire): unknown => {
    try {
      return decode(wire, builtins);
    } catch {
      return 'a value that does not follow the protocol';
    }
  };
  return {
    ...rest,
    calls: calls.map((each) => ({ ...each, args: each.args.map(decoded), stack: translated(each.stack) })),
    ends: ends.map((end) =>
      end.kind === 'returned' ? { ...end, value: decoded(end.value) } : { ...end, stack: translated(end.stack) },
    ),
    unhandled: unhandled && { ...unhandled, stack: translated(unhandled.stack) },
  };
}
