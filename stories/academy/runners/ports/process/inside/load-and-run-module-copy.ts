import type { LearnerRealm, TurnEnd } from '../../../../confinement/function/inside/learner-realm.ts';
import { loadCode } from '../../../../confinement/function/inside/load-code.ts';
import { leftovers } from '../../../../confinement/function/inside/report-unhandled-rejection.ts';
import type { Failure, LoadRequest } from '../../../../confinement/function/message-types.ts';
import { decode } from '../../../../confinement/function/values/decode.ts';
import { encode, plainValue, ValueTooLarge } from '../../../../confinement/function/values/encode.ts';
import type { Wire } from '../../../../confinement/function/values/wire-type-and-realm-builtins.ts';
import type { InvocationEnd, PortCall, PortsFailure, PortsRequest, Turn } from '../protocol.ts';
import { type PortFunctions, portFunctions, type Report } from './define-recording-ports.ts';

/** One copy of the learner's module, with its own realm. */
export interface Instance {
  /** Runs the code until it waits for ports. */
  run(request: Extract<PortsRequest, { kind: 'invoke' | 'answer' | 'reject' }>): Promise<Turn<Wire> | PortsFailure>;
  readonly realm: LearnerRealm;
}

/** Maximum number of port calls in one turn. */
const MAX_CALLS = 2_000;

type Task = (realm: LearnerRealm, ports: Ports) => void;
type Ports = { readonly [Name in keyof PortFunctions]: (...args: never[]) => unknown };

/** Loads the learner's module into a new realm. */
export async function loadInstance(setup: LoadRequest): Promise<Instance | Failure> {
  const ports = `Object.assign(exports, (${portFunctions})(${MAX_CALLS}))`;
  const loaded = loadCode({ ...setup, helpers: { code: ports, fileName: 'step-code' } });
  if ('kind' in loaded) return loaded;
  const { realm, target, helpers } = loaded;
  const left = await leftovers(realm, setup.limits.load);
  if (left?.kind === 'threw') return { kind: 'load', message: left.message, stack: left.stack };
  const functions = Object.fromEntries(helpers) as unknown as Ports;
  return { realm, run: (request) => runTurn(realm, functions, setup, taskOf(request, target)) };
}

function taskOf(request: Parameters<Instance['run']>[0], target: (...args: never[]) => unknown): Task {
  switch (request.kind) {
    case 'invoke':
      return (realm, ports) => {
        const { invocation } = request;
        const special = (tag: string, [content]: readonly unknown[]): unknown => {
          if (tag === 'port') return Reflect.apply(ports.port, undefined, [invocation, String(content)]);
          if (tag === 'clock') return Reflect.apply(ports.clock, undefined, [Number(content)]);
          throw new Error(`unknown argument: ${tag}`);
        };
        const args = request.args.map((arg) => decode(arg, realm.builtins, special));
        realm.call(ports.invoke, [invocation, target, args]);
      };
    case 'answer':
      return (realm, ports) => realm.call(ports.resolve, [request.call, decode(request.value, realm.builtins)]);
    case 'reject':
      return (realm, ports) => realm.call(ports.reject, [request.call, request.message]);
  }
}

async function runTurn(
  realm: LearnerRealm,
  ports: Ports,
  { limits }: LoadRequest,
  task: Task,
): Promise<Turn<Wire> | PortsFailure> {
  task(realm, ports);
  const end = realm.turn(limits.call);
  realm.takeHelperCalls();
  const report = realm.value() as Report | undefined;
  const left = await leftovers(realm, limits.call);
  if (end.kind === 'interrupted' || left?.kind === 'interrupted')
    return { kind: 'hang', milliseconds: limits.call, cpuMs: end.cpuMs };
  const { cpuMs } = end;
  const printed = realm.takePrinted();
  const unhandled = left?.kind === 'threw' ? { message: left.message, stack: left.stack } : undefined;
  // The turn itself throws only if the stack overflows in a microtask, in which nothing can catch the error.
  if (end.kind === 'threw' || !report)
    return { calls: [], ends: [], unhandled: { message: messageOf(end), stack: '' }, cpuMs, printed };
  try {
    const { calls, ends } = contentOf(realm, report, limits);
    if (calls.length >= MAX_CALLS) return { kind: 'flood', calls: MAX_CALLS };
    return { calls, ends, unhandled, cpuMs, printed };
  } catch (error) {
    if (error instanceof ValueTooLarge) return { kind: 'too-large', described: error.message };
    throw error;
  }
}

const messageOf = (end: TurnEnd): string => (end.kind === 'threw' ? end.message : 'the call was interrupted');

/** Reads a report without running any code of the realm, except to describe what an invocation threw. */
function contentOf(realm: LearnerRealm, report: Report, { resultCharacters, call: limit }: LoadRequest['limits']) {
  const encoded = (value: unknown) => encode(value, realm.builtins, resultCharacters);
  const calls = itemsOf(plainValue(report, 'calls')).map(
    (each): PortCall<Wire> => ({
      ...{ call: Number(plainValue(each, 'call')), invocation: Number(plainValue(each, 'invocation')) },
      ...{ port: `${plainValue(each, 'port')}`, stack: `${plainValue(each, 'stack')}` },
      args: itemsOf(plainValue(each, 'args')).map(encoded),
    }),
  );
  const ends = itemsOf(plainValue(report, 'ends')).map((each): InvocationEnd<Wire> => {
    const invocation = Number(plainValue(each, 'invocation'));
    if (Object.hasOwn(each, 'value'))
      return { invocation, kind: 'returned', value: encoded(plainValue(each, 'value')) };
    realm.describe(plainValue(each, 'error'));
    const end = realm.turn(limit);
    const { message, stack } = end.kind === 'threw' ? end : { message: 'something that cannot be shown', stack: '' };
    return { invocation, kind: 'threw', message, stack };
  });
  return { calls, ends };
}

/** Returns the items of an array of the realm. */
const itemsOf = (array: unknown): object[] => {
  const { length } = array as readonly unknown[];
  return Array.from({ length }, (_, i) => plainValue(array as object, i) as object);
};
