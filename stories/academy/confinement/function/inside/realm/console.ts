/**
 * Defines a console in the learner's realm that collects its output. Node's console cannot be used in another realm,
 * and V8's prints nothing. This function is evaluated in that realm, like turns().
 *
 * @param maxText maximum length of the collected output, in characters; the rest is replaced by "…"
 */
export function collectingConsole(maxText: number): { takePrinted(): string } {
  const MAX_DEPTH = 4;
  const { apply, defineProperty, ownKeys } = Reflect;
  const { slice } = String.prototype;
  const toText = String;
  let printed = '';
  let isFull = false;

  const join = (parts: Iterable<string>): string => {
    let text = '';
    for (const part of parts) text += text === '' ? part : `, ${part}`;
    return text;
  };
  const shown = (value: unknown, depth: number): string => {
    if (typeof value === 'string') return depth === 0 ? value : `'${value}'`;
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value === 'function') return '[Function]';
    if (typeof value !== 'object' || value === null) return toText(value);
    return depth > MAX_DEPTH ? '…' : shownObject(value, depth + 1);
  };
  const shownObject = (value: object, depth: number): string => {
    if (value instanceof Error) return toText(value.stack);
    if (value instanceof Date || value instanceof RegExp) return toText(value);
    if (Array.isArray(value)) return `[${join(value.map((item) => shown(item, depth)))}]`;
    if (value instanceof Set) return `Set(${value.size}) {${join([...value].map((item) => shown(item, depth)))}}`;
    if (value instanceof Map) {
      return `Map(${value.size}) {${join([...value].map(([key, item]) => `${shown(key, depth)} => ${shown(item, depth)}`))}}`;
    }
    const named = value as Record<PropertyKey, unknown>;
    const fields = join(ownKeys(value).map((key) => `${toText(key)}: ${shown(named[key], depth)}`));
    return fields === '' ? '{}' : `{ ${fields} }`;
  };
  const print = (...args: unknown[]): void => {
    if (isFull) return;
    let line = '';
    for (let i = 0; i < args.length; i++) line += (i === 0 ? '' : ' ') + shown(args[i], 0);
    printed += `${line}\n`;
    isFull = printed.length > maxText;
    if (isFull) printed = `${apply(slice, printed, [0, maxText - 1])}…`;
  };

  const methods = { log: print, info: print, debug: print, warn: print, error: print, trace: print, table: print };
  const value = Object.freeze(methods);
  defineProperty(globalThis, 'console', { __proto__: null, value, configurable: true } as PropertyDescriptor);
  return {
    takePrinted: () => {
      const text = printed;
      printed = '';
      isFull = false;
      return text;
    },
  };
}
