/**
 * The built-in objects as they are now. The result tells the first property that has changed since.
 * The functions it needs are taken at the start: what it looks for may have been done to them.
 */
export function intrinsicsWatch(): () => { object: string; property: string } | undefined {
  const { ownKeys, getOwnPropertyDescriptor } = Reflect;
  const { is } = Object;
  const toText = String;
  const before = watched.map(({ name, object }) => {
    const keys = ownKeys(object);
    return { name, object, keys, descriptors: keys.map((key) => getOwnPropertyDescriptor(object, key)) };
  });
  const changed = (object: object, key: PropertyKey, was: PropertyDescriptor | undefined): boolean => {
    const is_ = getOwnPropertyDescriptor(object, key);
    return !is(is_?.value, was?.value) || is_?.get !== was?.get || is_?.set !== was?.set;
  };
  return () => {
    for (let i = 0; i < before.length; i++) {
      const { name, object, keys, descriptors } = before[i] as (typeof before)[number];
      const now = ownKeys(object);
      for (let k = 0; k < now.length || k < keys.length; k++) {
        const key = (keys[k] !== now[k] ? (now[k] ?? keys[k]) : keys[k]) as PropertyKey;
        if (keys[k] !== now[k] || changed(object, key, descriptors[k])) return { object: name, property: toText(key) };
      }
    }
    return undefined;
  };
}

const prototypes = {
  Object,
  Array,
  String,
  Number,
  Boolean,
  Function,
  Map,
  Set,
  Promise,
  Date,
  RegExp,
  Symbol,
  BigInt,
};

const watched: readonly { name: string; object: object }[] = [
  ...Object.entries(prototypes).map(([name, type]) => ({ name: `${name}.prototype`, object: type.prototype })),
  { name: 'Error.prototype', object: Error.prototype },
  ...Object.entries({ Object, Array, Number, Date, Promise, JSON, Math, Reflect }).map(([name, object]) => ({
    name,
    object,
  })),
];
