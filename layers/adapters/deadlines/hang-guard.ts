import { DAY, SECOND } from '#domain/core/time.ts';
import type { Deadlines } from '#ports/deadlines.ts';
import { HangGuardFired, RunHung } from './errors.ts';
import { withDeadline } from './with-deadline.ts';

/** Real milliseconds that any stage gets: a stage that works is faster, even on a busy machine. */
const LEAST_MS = 30 * SECOND;
/** Long work, such as building features, gets this many times its production limit. */
const TIMES_THE_LIMIT = 10;

/** Deadlines of a simulated run. */
export interface HangGuard extends Deadlines {
  /** Requests and invocations that the guard has ended so far. Unless it is 0, the run's results could not be judged. */
  readonly fired: number;
  /** Passes unless the guard has fired. @throws RunHung */
  check(): void;
}

/**
 * No time passes while a simulated city's service works, so its stages cannot be late and results do not depend on how busy the
 * machine is. Only work that hangs is ended, after 30 s of real time or 10 times its production limit, and counted.
 *
 * @param leastMs real milliseconds that any stage gets. @default - 30 s
 */
export function hangGuard(leastMs = LEAST_MS): HangGuard {
  let fired = 0;
  return {
    get fired() {
      return fired;
    },
    check: () => {
      if (fired > 0) throw new RunHung(fired);
    },
    start: () => {
      let counted = false;
      return {
        // Handlers must not end their own work early: only the guard ends work, and counts it.
        remaining: () => DAY,
        run: async (stage, limitMs, work) => {
          const most = Math.max(leastMs, TIMES_THE_LIMIT * limitMs);
          return withDeadline(most, work(), () => {
            if (!counted) fired++;
            counted = true;
            return new HangGuardFired(stage, most);
          });
        },
      };
    },
  };
}
