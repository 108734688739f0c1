/**
 * Defines functions in the learner's realm that explain why the network, the timers and the process are missing. This
 * function is evaluated in that realm, like turns().
 */
export function forbiddenGlobals(): void {
  const { apply, defineProperty } = Reflect;
  const { then } = Promise.prototype;
  const resolved = Promise.resolve();
  const TheError = Error;

  const define = (name: string, value: unknown): void => {
    defineProperty(globalThis, name, {
      __proto__: null,
      value,
      writable: true,
      configurable: true,
    } as PropertyDescriptor);
  };
  // Not an arrow function, which cannot be called with `new`: `new WebSocket()` must throw this error, too.
  const forbid = (name: string) =>
    function forbidden(): never {
      throw new TheError(`${name} was called; the function must use only its arguments and return its result`);
    };

  const network = ['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest', 'Worker', 'BroadcastChannel'];
  const timers = ['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate'];
  for (const name of [...network, ...timers]) define(name, forbid(name));
  const calls = ['exit', 'reallyExit', 'abort', 'kill', 'getBuiltinModule', 'binding', 'dlopen', 'chdir', 'cwd', 'on'];
  const process = Object.fromEntries(calls.map((name) => [name, forbid(`process.${name}`)]));
  const facts = { env: Object.freeze({}), argv: Object.freeze([]), platform: 'linux' };
  define('process', Object.freeze({ ...facts, ...process }));
  define('queueMicrotask', (job: () => void) => void apply(then, resolved, [() => job()]));
}
