import type { HangGuard } from '#adapters/deadlines/hang-guard.ts';
import type { FilmHour } from '../../../functions/universe/worlds/films/slate-requests.ts';

/** How often serving fell short in one stretch of a city. */
export interface ServingFaults {
  /** Slates that a fallback made, because a stage failed. */
  readonly degraded: number;
  /** Requests and invocations that the guard against hanging code ended. Unless it is 0, the stretch could not be judged. */
  readonly guardFired: number;
}

/** Returns the faults of both parts of a stretch that was resumed. */
export const together = (earlier: ServingFaults | undefined, later: ServingFaults): ServingFaults => ({
  degraded: (earlier?.degraded ?? 0) + later.degraded,
  guardFired: (earlier?.guardFired ?? 0) + later.guardFired,
});

/** Counts the faults of a stretch while it runs. */
export function faultCounter(guard: Pick<HangGuard, 'fired'>) {
  let degraded = 0;
  return {
    add({ sessions }: Pick<FilmHour, 'sessions'>): void {
      degraded += sessions.filter(({ reply }) => reply.degraded).length;
    },
    total: (): ServingFaults => ({ degraded, guardFired: guard.fired }),
  };
}
