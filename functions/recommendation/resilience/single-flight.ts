/** Runs work under a key. `led` is true if this caller's own work ran, false if the result is a concurrent caller's. */
export type SingleFlight<Value> = (
  key: string,
  work: () => Promise<Value>,
) => Promise<{ readonly value: Value; readonly led: boolean }>;

/**
 * Returns a function that coalesces concurrent work: of all callers with the same key, the first one's work runs, and
 * all receive its result or its error. It prevents stampedes on a cache entry that is missing.
 *
 * Never   runs two works of one key at the same time; remembers a result or an error after the work has ended
 */
export function singleFlight<Value>(): SingleFlight<Value> {
  const running = new Map<string, Promise<Value>>();
  return async (key, work) => {
    const others = running.get(key);
    if (others) return { value: await others, led: false };
    // Set before the first await, or concurrent callers would not find it.
    const own = work();
    running.set(key, own);
    try {
      return { value: await own, led: true };
    } finally {
      running.delete(key);
    }
  };
}
