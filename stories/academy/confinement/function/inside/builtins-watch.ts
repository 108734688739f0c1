import { types } from 'node:util';

/** A property of a built-in object that the learner's code changed, added or removed. */
export interface Changed {
  readonly object: string;
  readonly property: string;
}

interface Snapshot {
  readonly name: string;
  readonly object: object;
  readonly prototype: object | null;
  readonly keys: readonly PropertyKey[];
  readonly descriptors: readonly PropertyDescriptor[];
  /** Whether new properties count as changes. New global variables do not. */
  readonly closed: boolean;
}

const { ownKeys, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;

/**
 * Takes a snapshot of all built-in objects of a realm. The returned function finds the first property that has changed
 * since. It runs none of the realm's code, so the learner's code cannot mislead it.
 *
 * @param realm the realm's global object
 * @param hidden built-in objects that no property leads to, such as the prototype of generators
 */
export function watchBuiltins(realm: object, hidden: Readonly<Record<string, object>>): () => Changed | undefined {
  const snapshots: Snapshot[] = [];
  const seen = new Set<unknown>();
  const open: [name: string, object: unknown][] = [['globalThis', realm], ...Object.entries(hidden)];
  for (let next = open.shift(); next; next = open.shift()) {
    const [name, object] = next;
    if (!isObject(object) || types.isProxy(object) || seen.has(object)) continue;
    seen.add(object);
    const snapshot = snapshotOf(name, object, object !== realm);
    snapshots.push(snapshot);
    for (const [index, { value, get, set }] of snapshot.descriptors.entries()) {
      const path = pathOf(name, snapshot.keys[index] as PropertyKey);
      open.push([path, value], [path, get], [path, set]);
    }
    open.push([`${name}.__proto__`, snapshot.prototype]);
  }
  return () => {
    for (const snapshot of snapshots) {
      const changed = changeIn(snapshot);
      if (changed !== undefined) return { object: snapshot.name, property: String(changed) };
    }
    return undefined;
  };
}

const isObject = (value: unknown): value is object =>
  (typeof value === 'object' && value !== null) || typeof value === 'function';

const pathOf = (name: string, key: PropertyKey): string =>
  `${name === 'globalThis' ? '' : `${name}.`}${typeof key === 'symbol' ? `[${key.description}]` : String(key)}`;

function snapshotOf(name: string, object: object, closed: boolean): Snapshot {
  const keys = ownKeys(object);
  const descriptors = keys.map((key) => getOwnPropertyDescriptor(object, key) as PropertyDescriptor);
  return { name, object, prototype: getPrototypeOf(object), keys, descriptors, closed };
}

function changeIn({ object, prototype, keys, descriptors, closed }: Snapshot): PropertyKey | undefined {
  for (let i = 0; i < keys.length; i++) {
    const before = descriptors[i];
    const now = getOwnPropertyDescriptor(object, keys[i] as PropertyKey);
    if (!now || !Object.is(now.value, before?.value) || now.get !== before?.get || now.set !== before?.set)
      return keys[i];
  }
  if (getPrototypeOf(object) !== prototype) return '__proto__';
  if (!closed) return undefined;
  const current = ownKeys(object);
  return current.length === keys.length ? undefined : current.find((key) => !keys.includes(key));
}
