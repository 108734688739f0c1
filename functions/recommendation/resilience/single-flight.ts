/** Does work under a key; who asks for the same key meanwhile gets the same answer, or the same failure. `led`: whether it was this caller's work. */
export type SingleFlight<Value> = (
  key: string,
  work: () => Promise<Value>,
) => Promise<{ readonly value: Value; readonly led: boolean }>;

/** Against stampedes: a thousand requests for what the cache does not hold cost one computation. It remembers only what is under way. */
export function singleFlight<Value>(): SingleFlight<Value> {
  const underWay = new Map<string, Promise<Value>>();
  return async (key, work) => {
    const others = underWay.get(key);
    if (others) return { value: await others, led: false };
    const own = work();
    underWay.set(key, own);
    try {
      return { value: await own, led: true };
    } finally {
      underWay.delete(key);
    }
  };
}
