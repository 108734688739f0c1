/** What the code of an instance did since the last message. The harness reads it after the turn. */
export interface Report {
  readonly calls: readonly {
    readonly call: number;
    readonly invocation: number;
    readonly port: string;
    readonly args: readonly unknown[];
    readonly stack: string;
  }[];
  readonly ends: readonly ({ readonly invocation: number } & (
    | { readonly value: unknown }
    | { readonly error: unknown }
  ))[];
}

/** Each of these is called once per turn, and returns the turn's report. */
export interface PortFunctions {
  /** Calls the learner's function. */
  invoke(invocation: number, target: (...args: never[]) => unknown, args: readonly unknown[]): Report;
  resolve(call: number, value: unknown): Report;
  reject(call: number, message: string): Report;
  /** Creates the function with which an invocation calls a port. */
  port(invocation: number, name: string): (...args: unknown[]) => Promise<unknown>;
  clock(time: number): () => number;
}

/**
 * Defines ports in the learner's realm. A call of a port is only written down; the judge answers it in a later turn.
 *
 * This function is evaluated in the learner's realm, before the learner's code. It uses nothing from its module, and
 * saves each built-in function that it needs later, because the learner's code can replace the originals.
 *
 * @param maxCalls maximum number of port calls in one turn
 */
export function portFunctions(maxCalls: number): PortFunctions {
  const { apply, defineProperty, deleteProperty } = Reflect;
  const ThePromise = Promise;
  const { resolve: promiseOf } = Promise;
  const { then } = Promise.prototype;
  const { slice } = String.prototype;
  const TheError = Error;
  const copyOf = structuredClone;
  const toText = String;
  const MAX_STACK = 4_000;

  type Waiting = { readonly resolve: (value: unknown) => void; readonly reject: (error: unknown) => void };
  const waiting = { __proto__: null } as unknown as Record<number, Waiting | undefined>;
  let count = 0;
  let report = { calls: [] as Report['calls'][number][], ends: [] as Report['ends'][number][] };

  const put = (object: object, key: PropertyKey, it: unknown): void => {
    const open = { writable: true, configurable: true, enumerable: true };
    defineProperty(object, key, { __proto__: null, value: it, ...open } as PropertyDescriptor);
  };
  const begin = (): Report => {
    report = { calls: [], ends: [] };
    return report;
  };
  const end = (how: Report['ends'][number]): void => put(report.ends, report.ends.length, how);
  const take = (call: number): Waiting | undefined => {
    const found = waiting[call];
    deleteProperty(waiting, call);
    return found;
  };

  return {
    invoke: (invocation, target, args) => {
      const current = begin();
      try {
        const result = apply(promiseOf, ThePromise, [apply(target, undefined, args)]);
        const returned = (value: unknown) => end({ invocation, value });
        apply(then, result, [returned, (error: unknown) => end({ invocation, error })]);
      } catch (error) {
        end({ invocation, error });
      }
      return current;
    },
    resolve: (call, value) => {
      const current = begin();
      take(call)?.resolve(value);
      return current;
    },
    reject: (call, message) => {
      const current = begin();
      take(call)?.reject(new TheError(message));
      return current;
    },
    port:
      (invocation, name) =>
      (...args) =>
        new ThePromise((resolve, reject) => {
          if (report.calls.length >= maxCalls) throw new TheError(`more than ${maxCalls} calls of ports at once`);
          const call = count++;
          const stack = apply(slice, toText(new TheError().stack), [0, MAX_STACK]);
          put(report.calls, report.calls.length, { call, invocation, port: name, args: copyOf(args), stack });
          put(waiting, call, { resolve, reject });
        }),
    clock: (time) => () => time,
  };
}
