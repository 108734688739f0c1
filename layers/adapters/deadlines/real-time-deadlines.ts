import type { Deadlines } from '#ports/request-deadlines.ts';
import { DeadlinePassed } from './deadline-and-hang-guard-errors.ts';
import { withDeadline } from './with-deadline.ts';

/**
 * Returns deadlines on the real clock, for production and for a running city that people use.
 *
 * @param clock milliseconds since any fixed moment. @default - the process's monotonic clock
 */
export const realDeadlines = (clock: () => number = () => performance.now()): Deadlines => ({
  start: (limitMs) => {
    const startedAt = clock();
    const remaining = () => limitMs - (clock() - startedAt);
    return {
      remaining,
      run: async (stage, stageMs, work) => {
        const most = Math.min(stageMs, remaining());
        if (most <= 0) throw new DeadlinePassed(`the work before ${stage}`, limitMs);
        return withDeadline(most, work(), () => new DeadlinePassed(stage, most));
      },
    };
  },
});
