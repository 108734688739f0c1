import { DAY, SECOND } from '#domain/core/time.ts';
import type { Deadlines } from '#ports/request-deadlines.ts';
import { HangGuardFired, RunHung } from './deadline-and-hang-guard-errors.ts';
import { withDeadline } from './with-deadline.ts';

/**
 * Minimum time limit of a stage, in real milliseconds. A stage that does not hang is faster, even on a busy machine.
 */
const LEAST_MS = 30 * SECOND;
/** Factor on the production limit of long work, such as building features. */
const TIMES_THE_LIMIT = 10;

/** Deadlines of a simulated run. */
export interface HangGuard extends Deadlines {
  /**
   * Number of requests and invocations that hung and that the guard has stopped so far. Unless it is 0, the run has no
   * valid result.
   */
  readonly fired: number;
  /** Throws if the guard has stopped any work. @throws RunHung */
  check(): void;
}

/**
 * Returns deadlines for a simulated run. Simulated time does not pass while the service works, so no stage is late and
 * results do not depend on the load of the machine. The guard stops and counts only work that hangs: work that takes
 * longer than 30 s of real time and than 10 times its production limit.
 *
 * @param leastMs minimum time limit of a stage, in real milliseconds. @default - 30 s
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
        // Handlers must not end their own work early: only the guard ends work and counts it.
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
