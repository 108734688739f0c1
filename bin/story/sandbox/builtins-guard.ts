/**
 * Takes a snapshot of the built-in objects. The returned function finds the first property that has changed since then.
 * It uses only functions that were saved in the snapshot, because the learner's code may have replaced the originals.
 */
export function watchBuiltins(): () => { object: string; property: string } | undefined {
  const { ownKeys, getOwnPropertyDescriptor } = Reflect;
  const { is } = Object;
  const toText = String;
  const before = WATCHED.map(({ name, object }) => {
    const keys = ownKeys(object);
    return { name, object, keys, descriptors: keys.map((key) => getOwnPropertyDescriptor(object, key)) };
  });
  const changed = (object: object, key: PropertyKey, was: PropertyDescriptor | undefined): boolean => {
    const current = getOwnPropertyDescriptor(object, key);
    return !is(current?.value, was?.value) || current?.get !== was?.get || current?.set !== was?.set;
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

const TYPES = {
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

const WATCHED: readonly { name: string; object: object }[] = [
  ...Object.entries(TYPES).map(([name, type]) => ({ name: `${name}.prototype`, object: type.prototype })),
  { name: 'Error.prototype', object: Error.prototype },
  ...Object.entries({ Object, Array, Number, Date, Promise, JSON, Math, Reflect }).map(([name, object]) => ({
    name,
    object,
  })),
];
