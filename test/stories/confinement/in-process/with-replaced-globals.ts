/** Objects whose properties the realm's functions replace. */
const CHANGEABLE: readonly object[] = [globalThis, Date, Date.prototype, Math];

/**
 * Replaces global objects with `install`, as the harness does in the learner's realm, but in this realm, where coverage
 * counts its lines. Restores all global objects after `use`, which must therefore be synchronous.
 */
export function withInstalled<Installed, Result>(
  install: () => Installed,
  use: (installed: Installed) => Result,
): Result {
  const before = CHANGEABLE.map((object) => Object.getOwnPropertyDescriptors(object));
  try {
    return use(install());
  } finally {
    for (const [index, object] of CHANGEABLE.entries()) restore(object, before[index] ?? {});
  }
}

function restore(object: object, before: PropertyDescriptorMap): void {
  for (const key of Reflect.ownKeys(object)) {
    const [was, is] = [Reflect.get(before, key), Reflect.getOwnPropertyDescriptor(object, key)];
    if (!was) Reflect.deleteProperty(object, key);
    else if (was.value !== is?.value || was.get !== is?.get) Reflect.defineProperty(object, key, was);
  }
}
