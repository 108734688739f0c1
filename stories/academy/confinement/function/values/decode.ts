import type { Builtins } from './wire-type-and-realm-builtins.ts';

/**
 * Part of a result that is not a plain value, such as a getter, a function or an instance of a class. It equals no
 * other value.
 */
export class Unusual {
  readonly description: string;
  constructor(description: string) {
    this.description = description;
  }
  toJSON(): string {
    return `[${this.description}]`;
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toJSON();
  }
}

/** Thrown if the input is not an encoded value. */
export class NotAValue extends Error {}

/**
 * Builds a value in a realm.
 *
 * @param special builds the values of tags that are sent in one direction only
 * @throws NotAValue
 */
export function decode(
  wire: unknown,
  builtins: Builtins,
  special: (tag: string, content: readonly unknown[], part: (wire: unknown) => unknown) => unknown = unusual,
): unknown {
  const seen: object[] = [];
  const kept = <T extends object>(object: T): T => {
    seen.push(object);
    return object;
  };
  const list = (items: unknown): readonly unknown[] => {
    if (!Array.isArray(items)) throw new NotAValue();
    return items;
  };
  const define = (object: object, key: PropertyKey, value: unknown): void => {
    Reflect.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  };

  const build: Readonly<Record<string, (...content: unknown[]) => unknown>> = {
    undefined: () => undefined,
    number: (text) => Number(text),
    bigint: (text) => BigInt(String(text)),
    same: (index) => seen[Number(index)],
    array: (items) => {
      const array = kept(new builtins.Array());
      const all = list(items);
      for (const [index, item] of all.entries()) if (!isHole(item)) define(array, index, part(item));
      array.length = all.length;
      return array;
    },
    object: (entries) => {
      const object = kept(new builtins.Object());
      for (const entry of list(entries)) define(object, String(list(entry)[0]), part(list(entry)[1]));
      return object;
    },
    Map: (entries) => {
      const map = kept(new builtins.Map());
      for (const entry of list(entries))
        Reflect.apply(Map.prototype.set, map, [part(list(entry)[0]), part(list(entry)[1])]);
      return map;
    },
    Set: (items) => {
      const set = kept(new builtins.Set());
      for (const item of list(items)) Reflect.apply(Set.prototype.add, set, [part(item)]);
      return set;
    },
    Date: (time) => kept(new builtins.Date(time === null ? Number.NaN : Number(time))),
    RegExp: (source, flags) => kept(new builtins.RegExp(String(source), String(flags))),
    bytes: (type, base64) => kept(bytesIn(String(type), Buffer.from(String(base64), 'base64'))),
  };

  const bytesIn = (type: string, bytes: Buffer): object => {
    const buffer = new builtins.ArrayBuffer(bytes.length);
    new Uint8Array(buffer).set(bytes);
    const TypedArray = builtins.typedArrays[type];
    return TypedArray ? new TypedArray(buffer) : buffer;
  };

  const part = (each: unknown): unknown => {
    if (each === null || typeof each !== 'object') return each;
    const [tag, ...content] = list(each);
    if (typeof tag !== 'string') throw new NotAValue();
    return Object.hasOwn(build, tag) ? build[tag]?.(...content) : special(tag, content, part);
  };
  return part(wire);
}

const isHole = (wire: unknown): boolean => Array.isArray(wire) && wire[0] === 'hole';

function unusual(tag: string, content: readonly unknown[]): Unusual {
  if (tag !== 'unusual') throw new NotAValue();
  return new Unusual(String(content[0]));
}
