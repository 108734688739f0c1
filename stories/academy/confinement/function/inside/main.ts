/**
 * Calls a learner's function in a separate realm and reports what happened, without evaluating it. run-function.ts starts this
 * program in a confined process.
 */
import { types } from 'node:util';
import type { CallRequest, Failure, HelperCall, ImpureRead, LoadRequest, Reported } from '../protocol.ts';
import { decode } from '../values/decode.ts';
import { encode, plainValue, ValueTooLarge } from '../values/encode.ts';
import type { Wire } from '../values/wire.ts';
import { requests, respond } from './frames.ts';
import { startSampling } from './hot-line.ts';
import { type LearnerRealm, learnerRealm, type TurnEnd } from './learner-realm.ts';

type LearnerFunction = (...args: never[]) => unknown;

const sampling = startSampling();

// An error of this realm can reach the learner's code, because Node formats stack traces here. It leads to the built-in objects,
// which --frozen-intrinsics freezes, and to these functions.
const { get: getStack, set: setStack } = Object.getOwnPropertyDescriptor(new Error(), 'stack') ?? {};
for (const each of [getStack, setStack]) Object.freeze(each);

/** A promise of the learner's code was rejected, and nothing handled it. In a server, that ends the process. */
let unhandled: { readonly reason: unknown } | undefined;
process.on('unhandledRejection', (reason) => {
  unhandled ??= { reason };
});

const eventLoopTurn = (): Promise<void> => new Promise((done) => setImmediate(done));

/** The learner's code and everything that is known of it. */
interface Loaded {
  readonly realm: LearnerRealm;
  readonly target: LearnerFunction;
  readonly helpers: ReadonlyMap<string, LearnerFunction>;
}

function load({ script, helpers, name, clock, seed, limits }: LoadRequest): Loaded | Failure {
  const realm = learnerRealm(clock, seed);
  const wrapped = new Map<string, LearnerFunction>();
  if (helpers) {
    const exported = exportsOf(realm, helpers, limits.load);
    if ('kind' in exported) return exported;
    for (const [key, helper] of exported.found) wrapped.set(key, realm.recorded(key, helper as LearnerFunction));
  }
  const exported = exportsOf(realm, script, limits.load);
  if ('kind' in exported) return exported;
  if (!exported.found.has(name)) {
    // The bundler adds a mark.
    return { kind: 'missing-export', exported: [...exported.found.keys()].filter((key) => key !== '__esModule') };
  }
  const target = exported.found.get(name);
  if (typeof target === 'function') return { realm, target: target as LearnerFunction, helpers: wrapped };
  return { kind: 'not-a-function', type: target === null ? 'null' : typeof target };
}

/** Evaluates a script and collects its exports. They are getters of the bundler, so they are read in the realm. */
function exportsOf(
  realm: LearnerRealm,
  { code, fileName }: LoadRequest['script'],
  milliseconds: number,
): { found: Map<string, unknown> } | Failure {
  let evaluate: ReturnType<LearnerRealm['compile']>;
  try {
    evaluate = realm.compile(code, fileName);
  } catch (error) {
    const { message, stack = '' } = error as Error;
    return { kind: 'load', message: `SyntaxError: ${message}`, stack };
  }
  realm.load(evaluate);
  const end = realm.turn(milliseconds);
  if (end.kind === 'interrupted') return hang(milliseconds, fileName);
  if (end.kind === 'threw') return loadFailure(end);
  return { found: ownValues(realm.value()) };
}

function loadFailure({ message, stack, code }: Extract<TurnEnd, { kind: 'threw' }>): Failure {
  const rejected = code === 'ERR_IMPORT_REJECTED' ? /the import of (.*) is not allowed/.exec(message)?.[1] : undefined;
  if (rejected !== undefined) return { kind: 'import', specifier: rejected };
  return { kind: 'load', ...(code === '' ? {} : { code }), message, stack };
}

function ownValues(exported: unknown): Map<string, unknown> {
  if (typeof exported !== 'object' || exported === null || types.isProxy(exported)) return new Map();
  const names = Reflect.ownKeys(exported).filter((key) => typeof key === 'string');
  return new Map(names.map((name) => [name, plainValue(exported, name)]));
}

const hang = (milliseconds: number, fileName: string): Failure => {
  return { kind: 'hang', milliseconds, stack: sampling.hotLine(fileName) };
};

/** Calls the function once, and then lets the event loop turn, so that everything the call has left behind is done. */
async function call(
  loaded: Loaded,
  request: CallRequest,
  limits: LoadRequest['limits'],
): Promise<Reported<Wire> | 'hang'> {
  const { realm, target, helpers } = loaded;
  const args = request.args.map((arg) => decode(arg, realm.builtins, argumentOf(loaded)));
  const encoded = (value: unknown) => encode(value, realm.builtins, limits.resultCharacters);
  const argsNow = () => JSON.stringify(args.map((arg) => encode(arg, realm.builtins, Number.POSITIVE_INFINITY)));
  const before = argsNow();
  const through = request.through === undefined ? undefined : helpers.get(request.through);
  if (through) realm.call(through, [target as unknown, ...args]);
  else realm.call(target, args);

  realm.takeRead();
  realm.takeHelperCalls();
  const startedAt = process.threadCpuUsage();
  let end = realm.turn(limits.call);
  if (end.kind === 'returned' && types.isPromise(realm.value())) {
    if (!request.awaits) return { kind: 'promise' };
    realm.settle(realm.value());
    end = realm.turn(limits.call);
  }
  const { user, system } = process.threadCpuUsage(startedAt);
  const leftBehind = await leftovers(realm, limits.call);
  if (end.kind === 'interrupted' || leftBehind?.kind === 'interrupted') return 'hang';
  if (end.kind === 'threw') return { kind: 'threw', message: end.message, stack: end.stack };
  if (leftBehind?.kind === 'threw') {
    return { kind: 'threw', message: `an unhandled rejection: ${leftBehind.message}`, stack: leftBehind.stack };
  }
  if (end.kind === 'pending') return { kind: 'unusable', described: 'a promise that is never settled' };
  try {
    const value = encoded(realm.value());
    const inputChanged = argsNow() !== before;
    const cpuMs = (user + system) / 1_000;
    return { kind: 'value', value, inputChanged, cpuMs, ...readOf(realm), helperCalls: helperCallsOf(realm, encoded) };
  } catch (error) {
    if (error instanceof ValueTooLarge) return { kind: 'unusable', described: error.message };
    throw error;
  }
}

/** Lets the event loop turn. @returns how the description of an unhandled rejection ended, if there was one */
async function leftovers(realm: LearnerRealm, milliseconds: number): Promise<TurnEnd | undefined> {
  await eventLoopTurn();
  if (!unhandled) return undefined;
  realm.describe(unhandled.reason);
  unhandled = undefined;
  return realm.turn(milliseconds);
}

function readOf(realm: LearnerRealm): { read?: ImpureRead } {
  const { of, stack } = realm.takeRead();
  return of === '' ? {} : { read: { of, stack } };
}

/** Builds the arguments that are no plain values: helpers, and iterators that can be read once. */
const argumentOf =
  ({ helpers, realm }: Loaded) =>
  (tag: string, [content]: readonly unknown[], part: (wire: unknown) => unknown): unknown => {
    if (tag === 'helper') return helpers.get(String(content));
    if (tag === 'once') return realm.once(part(content) as unknown[]);
    throw new Error(`unknown argument ${tag}`);
  };

const helperCallsOf = (realm: LearnerRealm, encoded: (value: unknown) => Wire): HelperCall<Wire>[] => {
  const calls = realm.takeHelperCalls();
  return Array.from({ length: calls.length }, (_, i) => {
    const { helper, args } = plainValue(calls, i) as { helper: string; args: readonly unknown[] };
    return { helper, args: Array.from({ length: args.length }, (_, n) => encoded(plainValue(args, n))) };
  });
};

async function serve(): Promise<void> {
  let loaded: Loaded | undefined;
  let setup: LoadRequest | undefined;
  for (const request of requests()) {
    if (request.kind === 'load') {
      setup = request;
      const result = load(request);
      if ('kind' in result) return fail(request.token, result, '');
      loaded = result;
      await leftovers(result.realm, request.limits.load);
      respond(request.token, { kind: 'loaded' });
    }
    if (!loaded || !setup) return;
    const { realm } = loaded;
    const changed = realm.changedBuiltin();
    if (changed) return fail(setup.token, { kind: 'pollution', ...changed }, realm.takePrinted());
    if (request.kind === 'end') return respond(setup.token, { kind: 'done' });
    if (request.kind !== 'call') continue;
    const outcome = await call(loaded, request, setup.limits);
    const printed = realm.takePrinted();
    if (outcome === 'hang') return fail(setup.token, hang(setup.limits.call, setup.script.fileName), printed);
    respond(setup.token, { kind: 'outcome', outcome, printed });
  }
}

const fail = (token: string, failure: Failure, printed: string): void =>
  respond(token, { kind: 'failure', failure, printed });

await serve();
process.exit(0);
