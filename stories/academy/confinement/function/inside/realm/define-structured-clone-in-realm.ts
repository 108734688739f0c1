/**
 * Defines structuredClone in the learner's realm. This function is evaluated in that realm, like turns().
 *
 * It copies values as Node does, with these differences: an error is a TypeError, because the realm has no
 * DOMException; `transfer` is rejected; a proxy is copied as an object; and a view of a resizable buffer has a fixed
 * length.
 */
export function structuredCloning(): void {
  type Seen = Map<unknown, object>;
  type Method = (this: unknown) => unknown;

  const UNCLONEABLE = /^(Arguments|Promise|Symbol|Weak.+|FinalizationRegistry|.*Generator|.*Iterator.*|Intl\..+)$/;
  const ERRORS = { EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };
  const { apply, defineProperty, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
  const { hasOwn, keys, prototype: ofObject } = Object;
  const global = globalThis as unknown as Record<string, new (...args: unknown[]) => object>;
  const getter = (prototype: object, key: PropertyKey) => getOwnPropertyDescriptor(prototype, key)?.get as Method;
  const typeOfView = getter(getPrototypeOf(Uint8Array.prototype) as object, Symbol.toStringTag);
  // For each type, a method that throws or returns undefined for objects of other types, even if they inherit the
  // method.
  const probes: Readonly<Record<string, Method>> = {
    Date: Date.prototype.getTime,
    ...{ Number: Number.prototype.valueOf, String: String.prototype.valueOf },
    ...{ Boolean: Boolean.prototype.valueOf, BigInt: BigInt.prototype.valueOf },
    RegExp: getter(RegExp.prototype, 'sticky'),
    ...{ Map: getter(Map.prototype, 'size'), Set: getter(Set.prototype, 'size') },
    ArrayBuffer: getter(ArrayBuffer.prototype, 'byteLength'),
    SharedArrayBuffer: getter(SharedArrayBuffer.prototype, 'byteLength'),
  };

  const reject = (what: string): never => {
    throw new TypeError(what);
  };

  /**
   * Returns the type of an object, as far as it matters for a copy. Unlike instanceof, this function does not depend on
   * the prototype.
   */
  const typeOf = (value: object): string => {
    if (Array.isArray(value)) return 'Array';
    if (ArrayBuffer.isView(value)) return 'view';
    const named = (apply(ofObject.toString, value, []) as string).slice('[object '.length, -1);
    if (UNCLONEABLE.test(named)) reject(`${named} cannot be cloned`);
    const probe = hasOwn(probes, named) ? probes[named] : undefined;
    if (!probe) return named === 'Error' ? named : 'Object';
    try {
      return apply(probe, value, []) === undefined ? 'Object' : named;
    } catch {
      return 'Object';
    }
  };

  const define = (object: object, key: PropertyKey, value: unknown, enumerable: boolean): void => {
    defineProperty(object, key, {
      __proto__: null,
      ...{ value, enumerable, writable: true, configurable: true },
    } as PropertyDescriptor);
  };

  const copyOfBuffer = (value: ArrayBuffer): ArrayBuffer => {
    const { byteLength, maxByteLength, resizable } = value;
    const copy = resizable ? new ArrayBuffer(byteLength, { maxByteLength }) : new ArrayBuffer(byteLength);
    new Uint8Array(copy).set(new Uint8Array(value));
    return copy;
  };

  const copyOfView = (value: ArrayBufferView & { readonly length?: number }, seen: Seen): object => {
    const Type = global[(apply(typeOfView, value, []) as string | undefined) ?? 'DataView'] as (typeof global)[string];
    return new Type(cloned(value.buffer, seen), value.byteOffset, value.length ?? value.byteLength);
  };

  /** Returns a copy. If the content of the object can refer to other objects, the copy has no content yet. */
  const begun = (type: string, value: never, seen: Seen): object => {
    if (type === 'Array') return Array.from({ length: 0 });
    if (type === 'Map') return new Map();
    if (type === 'Set') return new Set();
    if (type === 'Date') return new Date(apply(probes.Date as Method, value, []) as number);
    if (type === 'RegExp') return new RegExp((value as RegExp).source, (value as RegExp).flags);
    if (type === 'view') return copyOfView(value, seen);
    if (type === 'ArrayBuffer') return copyOfBuffer(value);
    if (type === 'SharedArrayBuffer') return value;
    if (type === 'Error') {
      const { name } = value as Error;
      return new (hasOwn(ERRORS, name) ? ERRORS[name as keyof typeof ERRORS] : Error)();
    }
    return type === 'Object' ? {} : (Object(apply(probes[type] as Method, value, [])) as object);
  };

  const copyError = (value: Error, copy: object, seen: Seen): void => {
    define(copy, 'stack', value.stack, false);
    const own = (key: 'message' | 'cause') => getOwnPropertyDescriptor(value, key);
    const [message, cause] = [own('message'), own('cause')];
    if (message && 'value' in message) define(copy, 'message', `${message.value}`, false);
    if (cause && 'value' in cause) define(copy, 'cause', cloned(cause.value, seen), false);
  };

  const fill = (type: string, value: object, copy: object, seen: Seen): void => {
    if (type === 'Map')
      for (const [key, item] of [...(value as Map<unknown, unknown>)])
        (copy as Map<unknown, unknown>).set(cloned(key, seen), cloned(item, seen));
    else if (type === 'Set')
      for (const item of [...(value as Set<unknown>)]) (copy as Set<unknown>).add(cloned(item, seen));
    else if (type === 'Error') copyError(value as Error, copy, seen);
    else if (type === 'Array' || type === 'Object') {
      if (type === 'Array') (copy as unknown[]).length = (value as unknown[]).length;
      // Defines the property, because an assignment to the key `__proto__` would change the copy's prototype. A getter
      // may have deleted a later key.
      for (const key of keys(value))
        if (hasOwn(value, key)) define(copy, key, cloned((value as never)[key], seen), true);
    }
  };

  const cloned = (value: unknown, seen: Seen): unknown => {
    if (typeof value === 'function' || typeof value === 'symbol') reject(`a ${typeof value} cannot be cloned`);
    if (typeof value !== 'object' || value === null) return value;
    const before = seen.get(value);
    if (before) return before;
    const type = typeOf(value);
    const copy = begun(type, value as never, seen);
    seen.set(value, copy);
    fill(type, value, copy, seen);
    return copy;
  };

  define(
    globalThis,
    'structuredClone',
    (...given: [value?: unknown, options?: { readonly transfer?: readonly unknown[] }]) => {
      const [value, options] = given;
      if (given.length === 0) reject('structuredClone needs a value');
      if (options?.transfer?.length) reject('structuredClone cannot transfer objects here');
      return cloned(value, new Map());
    },
    false,
  );
}
