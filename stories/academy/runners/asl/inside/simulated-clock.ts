interface Timer {
  readonly at: number;
  readonly id: number;
  readonly run: () => void;
}

/** A clock that jumps to the next timer, so that a time-out of hours takes no time. */
export interface SimulatedClock {
  /** Milliseconds since the clock started. */
  now(): number;
  /** Runs the next timer. @returns false if there is none until `limit` */
  advance(limit: number): boolean;
  /** Starts again at 0, without timers. */
  reset(): void;
}

/** UTC epoch milliseconds at which the clock starts. */
const EPOCH = Date.UTC(2026, 0, 5, 3);

/** Replaces timers and `Date` of this process by those of a simulated clock. */
export function installSimulatedClock(): SimulatedClock {
  const timers = new Map<number, Timer>();
  let now = 0; // milliseconds
  let ids = 0;
  const setTimer = (run: () => void, milliseconds = 0): number => {
    timers.set(++ids, { at: now + Math.max(0, milliseconds), id: ids, run });
    return ids;
  };
  const RealDate = Date;
  class SimulatedDate extends RealDate {
    constructor(...args: [] | [string | number]) {
      if (args.length === 0) super(EPOCH + now);
      else super(args[0]);
    }
    static override now = () => EPOCH + now;
  }
  Object.assign(globalThis, {
    setTimeout: setTimer,
    clearTimeout: (id: number | undefined) => void timers.delete(id as number),
    Date: SimulatedDate,
  });
  return {
    now: () => now,
    advance: (limit) => {
      const next = earliest(timers.values());
      if (!next || next.at > limit) return false;
      timers.delete(next.id);
      now = next.at;
      next.run();
      return true;
    },
    reset: () => {
      timers.clear();
      now = 0;
    },
  };
}

function earliest(timers: Iterable<Timer>): Timer | undefined {
  let first: Timer | undefined;
  for (const each of timers) if (!first || each.at < first.at) first = each;
  return first;
}
