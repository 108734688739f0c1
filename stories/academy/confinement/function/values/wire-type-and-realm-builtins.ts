/**
 * A value as JSON. Unlike plain JSON, it preserves undefined, NaN, -0, bigint, Map, Set, Date, typed arrays and cycles,
 * and encoding calls neither getters nor toJSON. Objects are arrays whose first item is a tag.
 */
export type Wire = null | boolean | number | string | readonly [tag: string, ...content: unknown[]];

const TYPED_ARRAYS = [
  ...['Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array'],
  ...['Float16Array', 'Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array'],
];

type Constructor = 'Object' | 'Array' | 'Map' | 'Set' | 'Date' | 'RegExp' | 'ArrayBuffer';

/**
 * The built-in classes of one realm. Each realm has its own, so an array of another realm is not an `instanceof Array`
 * here.
 */
export type Builtins = Pick<typeof globalThis, Constructor> & {
  /** Classes of typed arrays by name. */
  readonly typedArrays: Readonly<Record<string, (new (buffer: ArrayBuffer) => object) | undefined>>;
};

/**
 * Collects the built-in classes of the realm to which a global object belongs, before the learner's code can replace
 * them.
 */
export function builtinsOf(realm: typeof globalThis): Builtins {
  const named = realm as unknown as Record<string, never>;
  const classes = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, named[name]]));
  const plain = classes(['Object', 'Array', 'Map', 'Set', 'Date', 'RegExp', 'ArrayBuffer']) as unknown as Builtins;
  return { ...plain, typedArrays: classes(TYPED_ARRAYS) };
}
