import { types } from 'node:util';
import type { CallRequest, Failure, HelperCall, ImpureRead, LoadRequest, Reported } from '../message-types.ts';
import { decode } from '../values/decode.ts';
import { encode, plainValue, ValueTooLarge } from '../values/encode.ts';
import type { Wire } from '../values/wire-type-and-realm-builtins.ts';
import type { LearnerRealm } from './learner-realm.ts';
import type { Loaded } from './load-code.ts';
import { leftovers } from './report-unhandled-rejection.ts';

/** Calls the function once, and then runs one turn of the event loop, in which unhandled rejections are reported. */
export async function callFunction(
  loaded: Loaded,
  request: CallRequest,
  limits: LoadRequest['limits'],
): Promise<Reported<Wire> | Extract<Failure, { kind: 'hang' }>> {
  const { realm, target, helpers } = loaded;
  const args = request.args.map((arg) => decode(arg, realm.builtins, argumentOf(loaded)));
  const encodedArgs = () => JSON.stringify(args.map((arg) => encode(arg, realm.builtins, Number.POSITIVE_INFINITY)));
  const before = encodedArgs();
  const through = request.through === undefined ? undefined : helpers.get(request.through);
  if (through) realm.call(through, [target as unknown, ...args]);
  else realm.call(target, args);
  realm.takeRead();
  realm.takeHelperCalls();

  let end = realm.turn(limits.call);
  let { cpuMs } = end;
  if (end.kind === 'returned' && types.isPromise(realm.value())) {
    if (!request.awaits) return { kind: 'promise' };
    realm.settle(realm.value());
    end = realm.turn(limits.call);
    cpuMs += end.cpuMs;
  }
  const left = await leftovers(realm, limits.call);
  if (end.kind === 'interrupted' || left?.kind === 'interrupted')
    return { kind: 'hang', milliseconds: limits.call, cpuMs };
  if (end.kind === 'threw') return { kind: 'threw', message: end.message, stack: end.stack };
  if (left?.kind === 'threw') return { kind: 'threw', message: left.message, stack: left.stack };
  if (end.kind === 'pending') return { kind: 'unusable', described: 'a promise that is never settled' };
  const encoded = (value: unknown) => encode(value, realm.builtins, limits.resultCharacters);
  try {
    const value = encoded(realm.value());
    const inputChanged = encodedArgs() !== before;
    return { kind: 'value', value, inputChanged, cpuMs, ...readOf(realm), helperCalls: helperCallsOf(realm, encoded) };
  } catch (error) {
    if (error instanceof ValueTooLarge) return { kind: 'unusable', described: error.message };
    throw error;
  }
}

function readOf(realm: LearnerRealm): { read?: ImpureRead } {
  const { of, stack } = realm.takeRead();
  return of === '' ? {} : { read: { of, stack } };
}

/** Builds the arguments that are not plain values: helpers, and iterators that can be read once. */
const argumentOf =
  ({ helpers, realm }: Loaded) =>
  (tag: string, [content]: readonly unknown[], part: (wire: unknown) => unknown): unknown => {
    if (tag === 'helper' && helpers.has(String(content))) return helpers.get(String(content));
    if (tag === 'once') return realm.once(part(content) as unknown[]);
    throw new Error(`unknown argument: ${tag} ${content}`);
  };

function helperCallsOf(realm: LearnerRealm, encoded: (value: unknown) => Wire): HelperCall<Wire>[] {
  const calls = realm.takeHelperCalls();
  return Array.from({ length: calls.length }, (_, i) => {
    const { helper, args } = plainValue(calls, i) as { helper: string; args: readonly unknown[] };
    return { helper, args: Array.from({ length: args.length }, (_, n) => encoded(plainValue(args, n))) };
  });
}
