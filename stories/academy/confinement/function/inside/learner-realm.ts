import { constants, createContext, Script } from 'node:vm';
import { type Builtins, builtinsOf } from '../values/wire-type-and-realm-builtins.ts';
import { type Changed, watchBuiltins } from './builtins-watch.ts';
import { collectingConsole } from './realm/console.ts';
import { forbiddenGlobals } from './realm/define-globals-that-throw-explanations.ts';
import { structuredCloning } from './realm/define-structured-clone-in-realm.ts';
import { type Thrown, type Turns, turns } from './realm/execute-learner-code.ts';
import { type FirstRead, impureReads } from './realm/fake-clock-and-random-recording-first-read.ts';
import { textEncoding } from './realm/text-base64-and-buffer-globals.ts';

export type LearnerFunction = (...args: never[]) => unknown;

/** How a turn ended. `interrupted`: it ran longer than its limit. */
export type TurnEnd = (
  | { readonly kind: 'interrupted' | 'returned' | 'pending' }
  | ({ readonly kind: 'threw' } & Thrown)
) & {
  /** Milliseconds of processor time. */
  readonly cpuMs: number;
};

/** A realm for a learner's code, from which no object of this process's own realm can be reached. */
export interface LearnerRealm extends Omit<Turns, 'thrown'> {
  readonly builtins: Builtins;
  /** Compiles the body of a function with the parameters `exports`, `module` and `require`. @throws SyntaxError */
  compile(body: string, fileName: string): (exports: object, module: object, require: unknown) => void;
  /**
   * Executes the task that `call`, `load`, `settle` or `describe` set, and then all pending microtasks of the realm.
   */
  turn(milliseconds: number): TurnEnd;
  takePrinted(): string;
  takeRead(): FirstRead;
  changedBuiltin(): Changed | undefined;
}

/** Longest message, stack trace or printed text, in characters. */
const MAX_TEXT = 4_000;

/**
 * Creates a realm.
 *
 * @param clock start time of the realm's clock, UTC epoch milliseconds
 * @param seed of the realm's random numbers
 */
export function learnerRealm(clock: number, seed: number): LearnerRealm {
  const codeGeneration = { strings: false, wasm: false };
  const context = createContext(constants.DONT_CONTEXTIFY, { codeGeneration, microtaskMode: 'afterEvaluate' });
  const evaluate = (code: string): unknown => new Script(code).runInContext(context);
  // Evaluates the source text of a function: the function object itself would give the realm access to our built-in
  // objects.
  const install = <T>(prepare: (...numbers: number[]) => T, ...numbers: number[]): T =>
    evaluate(`'use strict';(${prepare})(${numbers.join()})`) as T;
  const { status, thrown, ...inside } = install(turns, MAX_TEXT);
  const { takeRead } = install(impureReads, clock, seed);
  const { takePrinted } = install(collectingConsole, MAX_TEXT);
  for (const prepare of [forbiddenGlobals, textEncoding, structuredCloning]) install(prepare);

  const realm = evaluate('globalThis') as typeof globalThis;
  const builtins = builtinsOf(realm);
  const changedBuiltin = watchBuiltins(realm, evaluate(HIDDEN) as Record<string, object>);
  const script = new Script('__turn()');
  const turn = (milliseconds: number): TurnEnd => {
    const startedAt = performance.now();
    const cpuAtStart = process.threadCpuUsage();
    const cpuMs = () => {
      const { user, system } = process.threadCpuUsage(cpuAtStart);
      return (user + system) / MICROSECONDS;
    };
    try {
      // Displaying an error would read its properties, which may run the learner's code.
      script.runInContext(context, { timeout: milliseconds, displayErrors: false });
    } catch {
      // A turn catches every error of the learner's code except a stack overflow, so this is nearly always the time
      // limit.
      const isTimeOut = performance.now() - startedAt >= milliseconds * NEARLY;
      return isTimeOut ? { kind: 'interrupted', cpuMs: cpuMs() } : { kind: 'threw', ...OVERFLOW, cpuMs: cpuMs() };
    }
    const kind = status();
    return kind === 'threw' ? { kind, ...copied(thrown()), cpuMs: cpuMs() } : { kind, cpuMs: cpuMs() };
  };
  const compile = (body: string, filename: string) => {
    const code = `(function (exports, module, require) {'use strict';\n${body}\n})`;
    return new Script(code, { filename, lineOffset: -1 }).runInContext(context);
  };
  return { ...inside, status, builtins, compile, turn, takePrinted, takeRead, changedBuiltin };
}

/** Microseconds in a millisecond. */
const MICROSECONDS = 1_000;

/** Fraction of a time limit that counts as the limit, because two clocks can differ slightly. */
const NEARLY = 0.9;

/** Built-in objects that no property of the global object leads to. */
const HIDDEN = `({
  TypedArray: Object.getPrototypeOf(Uint8Array),
  Generator: (function* () {}).constructor.prototype,
  AsyncFunction: (async () => {}).constructor.prototype,
  AsyncGenerator: (async function* () {}).constructor.prototype,
  ArrayIterator: [][Symbol.iterator]().__proto__,
  MapIterator: new Map()[Symbol.iterator]().__proto__,
  SetIterator: new Set()[Symbol.iterator]().__proto__,
  StringIterator: ''[Symbol.iterator]().__proto__,
  RegExpStringIterator: ''.matchAll(/x/g).__proto__,
})`;

const OVERFLOW: Thrown = { message: 'RangeError: Maximum call stack size exceeded', stack: '', code: '' };

/** Copies the strings, so that no object of the learner's realm is kept. */
const copied = ({ message, stack, code }: Thrown): Thrown => ({
  message: `${message}`,
  stack: `${stack}`,
  code: `${code}`,
});
