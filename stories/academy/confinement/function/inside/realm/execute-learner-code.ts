/**
 * Description of a thrown value. The value may be of any type, even an object that throws when its properties are read.
 */
export interface Thrown {
  readonly message: string;
  readonly stack: string;
  readonly code: string;
}

export interface RecordedCall {
  readonly helper: string;
  readonly args: readonly unknown[];
}

/** How one call of a batch ended: with a value, or with a thrown one. */
export type CallEnd = { readonly value: unknown } | { readonly thrown: Thrown };

type Target = (...args: never[]) => unknown;

/** Functions that set the task of the next turn, and functions that return its result. */
export interface Turns {
  call(target: Target, args: readonly unknown[]): void;
  /**
   * Calls the function with each list of arguments, from index `from` on. Starts no further call after `milliseconds`.
   */
  callEach(target: Target, calls: readonly (readonly unknown[])[], from: number, milliseconds: number): void;
  /** Returns how each call of the last `callEach` ended, in order. */
  takeCallEnds(): readonly CallEnd[];
  /** Evaluates a script. Its exports become `value`. */
  load(script: (exports: object, module: object, require: unknown) => void): void;
  /** Awaits a promise. */
  settle(promise: unknown): void;
  /** Reads the message and the stack trace of a thrown value. */
  describe(error: unknown): void;
  /** `pending`: the turn was interrupted, or its promise has not been settled. */
  status(): 'returned' | 'threw' | 'pending';
  value(): unknown;
  thrown(): Thrown;
  /** Wraps a helper, so that its calls are recorded. */
  recorded(name: string, helper: Target): Target;
  /** Returns the calls of helpers since the last call of this function. */
  takeHelperCalls(): readonly RecordedCall[];
  /** Returns an iterator, which can be read once. */
  once(items: readonly unknown[]): Iterator<unknown>;
}

/**
 * Defines the global function `__turn`, which the script of each turn calls: vm scripts have a time limit, functions do
 * not.
 *
 * Like all functions of this folder, it is evaluated in the learner's realm. It uses nothing from its module, and saves
 * each built-in function that it needs later, because the learner's code can replace the originals.
 *
 * @param maxText longest message or stack trace, in characters
 */
export function turns(maxText: number): Turns {
  const MAX_HELPER_CALLS = 10_000;
  const { apply, defineProperty, ownKeys } = Reflect;
  const { then } = Promise.prototype;
  const { slice } = String.prototype;
  const toText = String;
  const TheError = Error;
  const { now } = Date;

  let task: (() => void) | undefined;
  let status: 'returned' | 'threw' | 'pending' = 'pending';
  let value: unknown;
  let thrown: Thrown = { message: '', stack: '', code: '' };
  let helperCalls: RecordedCall[] = [];
  let callEnds: CallEnd[] = [];

  const lock = (object: object, key: PropertyKey, it: unknown): void => {
    // `defineProperty` keeps the attributes of an existing property that are not given, so all are given.
    const fixed = { writable: false, configurable: false, enumerable: true };
    defineProperty(object, key, { __proto__: null, value: it, ...fixed } as PropertyDescriptor);
  };
  // If the learner's code calls this function, nothing happens, because no task is set during a turn.
  lock(globalThis, '__turn', () => {
    const current = task;
    task = undefined;
    current?.();
  });
  // Node formats stack traces outside of this realm. If the learner's code could set `prepareStackTrace`, Node would
  // pass objects from outside to the function that is set.
  lock(globalThis, 'Error', Error);
  lock(Error, 'prepareStackTrace', undefined);

  const cut = (text: unknown): string => apply(slice, toText(text), [0, maxText]);
  const describe = (error: unknown): Thrown => {
    const { code, message, stack, name } = (error ?? {}) as {
      [key in 'code' | 'message' | 'stack' | 'name']?: unknown;
    };
    const said = message === undefined ? toText(error) : `${name ?? 'Error'}: ${message}`;
    return { message: cut(said), stack: cut(stack ?? ''), code: cut(code ?? '') };
  };
  const described = (error: unknown): Thrown => {
    try {
      return describe(error);
    } catch {
      // Reading the thrown value ran code of that value, which threw an error.
      return { message: 'something that cannot be shown', stack: '', code: '' };
    }
  };
  const failed = (error: unknown): void => {
    status = 'threw';
    thrown = described(error);
  };
  const endOf = (target: Target, args: readonly unknown[]): CallEnd => {
    try {
      return { value: apply(target, undefined, args) };
    } catch (error) {
      return { thrown: described(error) };
    }
  };
  const returned = (result: unknown): void => {
    value = result;
    status = 'returned';
  };
  const next = (body: () => void): void => {
    status = 'pending';
    task = () => {
      try {
        body();
      } catch (error) {
        failed(error);
      }
    };
  };
  /** Copies the exports, which the bundler defines as getters. */
  const exportsOf = (exported: Record<PropertyKey, unknown>): object => {
    const copy = {};
    const keys = ownKeys(exported);
    for (let i = 0; i < keys.length; i++) lock(copy, keys[i] as PropertyKey, exported[keys[i] as PropertyKey]);
    return copy;
  };
  const rejectImport = (specifier: unknown): never => {
    const error = new TheError(`the import of ${cut(specifier)} is not allowed`);
    throw Object.assign(error, { code: 'ERR_IMPORT_REJECTED', specifier: cut(specifier) });
  };

  return {
    call: (target, args) => next(() => returned(apply(target, undefined, args))),
    callEach: (target, calls, from, milliseconds) => {
      callEnds = [];
      next(() => {
        const startedAt = now();
        for (let i = from; i < calls.length; i++) {
          lock(callEnds, i - from, endOf(target, calls[i] as readonly unknown[]));
          if (now() - startedAt >= milliseconds) break;
        }
        returned(undefined);
      });
    },
    takeCallEnds: () => {
      const ends = callEnds;
      callEnds = [];
      return ends;
    },
    load: (script) =>
      next(() => {
        const module = { exports: {} };
        script(module.exports, module, rejectImport);
        returned(exportsOf(module.exports));
      }),
    settle: (promise) => next(() => void apply(then, promise, [returned, failed])),
    describe: (error) => next(() => failed(error)),
    status: () => status,
    value: () => value,
    thrown: () => thrown,
    recorded: (helper, target) =>
      function recorded(this: unknown, ...args: never[]) {
        if (helperCalls.length < MAX_HELPER_CALLS) lock(helperCalls, helperCalls.length, { helper, args });
        return apply(target, this, args);
      },
    takeHelperCalls: () => {
      const calls = helperCalls;
      helperCalls = [];
      return calls;
    },
    once: (items) =>
      (function* iterate() {
        for (let i = 0; i < items.length; i++) yield items[i];
      })(),
  };
}
