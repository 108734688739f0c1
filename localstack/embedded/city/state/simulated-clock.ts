import type { Now } from '#domain/core/time.ts';

/** The universe's clock, UTC epoch milliseconds. It advances only when it is set, and goes back only by `rewind`. */
export interface SimulatedClock {
  readonly now: Now;
  set(at: number): void;
  /** Sets an earlier time, from which the simulation repeats what failed. */
  rewind(at: number): void;
}

export function simulatedClock(startAt: number): SimulatedClock {
  let current = startAt;
  return {
    now: () => current,
    set: (at) => {
      current = Math.max(current, at);
    },
    rewind: (at) => {
      current = Math.min(current, at);
    },
  };
}
