import { types } from 'node:util';
import type { Builtins, Wire } from './wire-type-and-realm-builtins.ts';

/** Thrown for a value that has too many parts or is nested too deeply to be sent. */
export class ValueTooLarge extends Error {}

const MAX_DEPTH = 100;

const { ownKeys, getOwnPropertyDescriptor, getPrototypeOf, apply } = Reflect;
const typedArrayGetter = (name: string | symbol) =>
  getOwnPropertyDescriptor(getPrototypeOf(Uint8Array.prototype) as object, name)?.get as () => unknown;
const bufferOf = typedArrayGetter('buffer') as () => ArrayBuffer;
const offsetOf = typedArrayGetter('byteOffset') as () => number;
const bytesOf = typedArrayGetter('byteLength') as () => number;
const typeNameOf = typedArrayGetter(Symbol.toStringTag) as () => string;
const sourceOf = getOwnPropertyDescriptor(RegExp.prototype, 'source')?.get as () => string;
const flagsOf = getOwnPropertyDescriptor(RegExp.prototype, 'flags')?.get as () => string;

/**
 * Encodes a value without running any code that belongs to it: properties are read by their descriptors, and the
 * content of built-in objects by this realm's functions. A getter, a proxy, a function or an instance of a class is
 * only described.
 *
 * @param builtins of the realm in which the value was created
 * @param maxCharacters maximum length of all strings in the value, plus 8 for each part
 * @param special encodes objects that are sent in one direction only
 * @param unusual encodes the description of a value that cannot be sent
 * @throws ValueTooLarge
 */
export function encode(
  value: unknown,
  builtins: Builtins,
  maxCharacters: number,
  special: (object: object, part: (value: unknown) => Wire) => Wire | undefined = () => undefined,
  unusual: (description: string) => Wire = (description) => ['unusual', description],
): Wire {
  const seen = new Map<object, number>();
  let characters = 0;
  const count = (length: number): void => {
    characters += length + 8;
    if (characters > maxCharacters) throw new ValueTooLarge(`a result of more than ${maxCharacters} characters`);
  };
  const text = (string: string): string => {
    count(string.length);
    return string;
  };

  const part = (each: unknown, depth: number): Wire => {
    if (depth > MAX_DEPTH) throw new ValueTooLarge(`a result with more than ${MAX_DEPTH} nested levels`);
    switch (typeof each) {
      case 'string':
        return text(each);
      case 'boolean':
        return each;
      case 'number':
        count(0);
        return Number.isFinite(each) && !Object.is(each, -0)
          ? each
          : ['number', Object.is(each, -0) ? '-0' : `${each}`];
      case 'undefined':
        return ['undefined'];
      case 'bigint':
        return ['bigint', text(`${each}`)];
      case 'symbol':
        return unusual('a symbol');
      case 'function':
        return unusual('a function');
    }
    return each === null ? null : object(each as object, depth + 1);
  };

  const object = (each: object, depth: number): Wire => {
    if (types.isProxy(each)) return unusual('a Proxy');
    const known = seen.get(each);
    if (known !== undefined) return ['same', known];
    count(0);
    const specialWire = special(each, (content) => part(content, depth));
    if (specialWire !== undefined) return specialWire;
    const description = unusualObject(each, builtins);
    if (description) return unusual(text(description));
    seen.set(each, seen.size);
    if (Array.isArray(each)) return ['array', items(each, depth)];
    if (types.isMap(each)) return ['Map', entries(each, depth)];
    if (types.isSet(each)) return ['Set', members(each, depth)];
    if (types.isDate(each)) return ['Date', timeOf(each)];
    if (types.isRegExp(each)) return ['RegExp', text(apply(sourceOf, each, [])), apply(flagsOf, each, [])];
    if (types.isTypedArray(each)) return ['bytes', apply(typeNameOf, each, []), base64(typedBytes(each))];
    if (types.isAnyArrayBuffer(each)) return ['bytes', 'ArrayBuffer', base64(Buffer.from(each as ArrayBuffer))];
    return ['object', properties(each, depth)];
  };

  const items = (each: readonly unknown[], depth: number): Wire[] => {
    const found: Wire[] = [];
    const length = plainValue(each, 'length') as number;
    for (let i = 0; i < length; i++) {
      count(0);
      const descriptor = getOwnPropertyDescriptor(each, i);
      found.push(descriptor ? property(descriptor, depth) : ['hole']);
    }
    return found;
  };

  const entries = (each: Map<unknown, unknown>, depth: number): [Wire, Wire][] => {
    const found: [Wire, Wire][] = [];
    apply(Map.prototype.forEach, each, [
      (item: unknown, key: unknown) => found.push([part(key, depth), part(item, depth)]),
    ]);
    return found;
  };

  const members = (each: Set<unknown>, depth: number): Wire[] => {
    const found: Wire[] = [];
    apply(Set.prototype.forEach, each, [(item: unknown) => found.push(part(item, depth))]);
    return found;
  };

  const properties = (each: object, depth: number): [string, Wire][] =>
    ownKeys(each)
      .filter((key) => typeof key === 'string')
      .map((key) => [text(key), property(getOwnPropertyDescriptor(each, key) as PropertyDescriptor, depth)]);

  const property = (descriptor: PropertyDescriptor, depth: number): Wire => {
    if (!('value' in descriptor)) return unusual('a getter');
    return descriptor.enumerable ? part(descriptor.value, depth) : unusual('a hidden property');
  };

  const base64 = (bytes: Buffer): string => text(bytes.toString('base64'));

  return part(value, 0);
}

/** Describes an object that is not a plain value. Returns undefined for other objects. */
function unusualObject(each: object, builtins: Builtins): string | undefined {
  const prototype = getPrototypeOf(each);
  if (Array.isArray(each))
    return prototype === builtins.Array.prototype ? extraProperty(each) : 'an array of another class';
  if (types.isNativeError(each)) return `an error: ${plainText(each, 'message')}`;
  if (types.isPromise(each)) return 'a Promise';
  if (types.isMap(each))
    return prototype === builtins.Map.prototype ? anyProperty(each, 'a Map') : 'a Map of another class';
  if (types.isSet(each))
    return prototype === builtins.Set.prototype ? anyProperty(each, 'a Set') : 'a Set of another class';
  if (types.isDate(each)) return anyProperty(each, 'a Date');
  if (types.isRegExp(each) || types.isTypedArray(each) || types.isAnyArrayBuffer(each)) return undefined;
  const isPlain = prototype === null || prototype === builtins.Object.prototype;
  return isPlain ? undefined : `an instance of ${classOf(prototype)}`;
}

/** Finds a property of an object that usually has none, such as a toJSON. */
function anyProperty(object: object, name: string): string | undefined {
  const [key] = ownKeys(object);
  return key === undefined ? undefined : `${name} with a property ${String(key)}`;
}

/** Finds a property of an array that is not an item, such as a toJSON. */
function extraProperty(array: readonly unknown[]): string | undefined {
  const extra = ownKeys(array).find((key) => typeof key === 'string' && key !== 'length' && !(Number(key) >= 0));
  return extra && `an array with a property ${String(extra)}`;
}

const timeOf = (date: Date): Wire => {
  const time = apply(Date.prototype.getTime, date, []);
  return Number.isNaN(time) ? null : time;
};

const typedBytes = (each: object): Buffer =>
  Buffer.from(apply(bufferOf, each, []), apply(offsetOf, each, []), apply(bytesOf, each, []));

/** Returns the value of an own property, unless it is a getter. */
export const plainValue = (object: object, key: PropertyKey): unknown => getOwnPropertyDescriptor(object, key)?.value;

const plainText = (object: object, key: PropertyKey): string => {
  const value = plainValue(object, key);
  return typeof value === 'string' ? value : '';
};

function classOf(prototype: object): string {
  const type = types.isProxy(prototype) ? undefined : plainValue(prototype, 'constructor');
  const isReadable = typeof type === 'function' && !types.isProxy(type);
  return (isReadable && plainText(type, 'name')) || 'a class';
}
