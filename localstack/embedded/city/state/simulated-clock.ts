import type { Now } from '#domain/core/time.ts';

/** The universe's clock, UTC epoch milliseconds. It advances only when it is set, and never goes back. */
export interface SimulatedClock {
  readonly now: Now;
  set(at: number): void;
}

export function simulatedClock(startAt: number): SimulatedClock {
  let current = startAt;
  return {
    now: () => current,
    set: (at) => {
      current = Math.max(current, at);
    },
  };
}
