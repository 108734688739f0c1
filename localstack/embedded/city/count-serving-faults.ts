import type { HangGuard } from '#adapters/deadlines/hang-guard-for-simulated-runs.ts';
import type { FilmHour } from '../../../functions/universe/worlds/films/request-slate-from-service-or-oracle.ts';

/** Counts of degraded service in one period of a city. */
export interface ServingFaults {
  /** Slates from a fallback, because a stage failed. */
  readonly degraded: number;
  /** Requests and invocations that the guard against hanging code ended. If it is not 0, the period cannot be judged. */
  readonly guardFired: number;
}

/** Returns the sum of the faults before and after a resume. */
export const addFaults = (earlier: ServingFaults | undefined, later: ServingFaults): ServingFaults => ({
  degraded: (earlier?.degraded ?? 0) + later.degraded,
  guardFired: (earlier?.guardFired ?? 0) + later.guardFired,
});

/** Counts the faults of a period while it runs. */
export function faultCounter(guard: Pick<HangGuard, 'fired'>) {
  let degraded = 0;
  return {
    add({ sessions }: Pick<FilmHour, 'sessions'>): void {
      degraded += sessions.filter(({ reply }) => reply.degraded).length;
    },
    total: (): ServingFaults => ({ degraded, guardFired: guard.fired }),
  };
}
