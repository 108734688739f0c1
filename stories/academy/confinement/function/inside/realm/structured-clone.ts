/** Defines structuredClone in the learner's realm. This function is evaluated in that realm, like turns(). */
export function structuredCloning(): void {
  const define = (name: string, value: unknown): void => {
    Reflect.defineProperty(globalThis, name, { value, writable: true, configurable: true });
  };

  const cloned = (value: unknown, seen: Map<unknown, unknown>): unknown => {
    if (typeof value === 'function' || typeof value === 'symbol') throw new TypeError('a function cannot be cloned');
    if (typeof value !== 'object' || value === null) return value;
    if (seen.has(value)) return seen.get(value);
    if (value instanceof Date) return new Date(value.getTime());
    if (value instanceof RegExp) return new RegExp(value.source, value.flags);
    if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return (value as Uint8Array).slice();
    if (value instanceof ArrayBuffer) return value.slice(0);
    const copy: object = Array.isArray(value)
      ? []
      : value instanceof Map
        ? new Map()
        : value instanceof Set
          ? new Set()
          : {};
    seen.set(value, copy);
    if (value instanceof Map)
      for (const [key, item] of value) (copy as Map<unknown, unknown>).set(cloned(key, seen), cloned(item, seen));
    else if (value instanceof Set) for (const item of value) (copy as Set<unknown>).add(cloned(item, seen));
    // Defines the property, because an assignment to the key `__proto__` would change the copy's prototype.
    else
      for (const key of Object.keys(value)) {
        const item = cloned((value as never)[key], seen);
        Reflect.defineProperty(copy, key, { value: item, writable: true, enumerable: true, configurable: true });
      }
    return copy;
  };
  define('structuredClone', (value: unknown) => cloned(value, new Map()));
}
