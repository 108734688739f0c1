import { setTimeout as sleep } from 'node:timers/promises';
import { realDeadlines } from '#adapters/deadlines/clock-deadlines.ts';
import { HOUR } from '#domain/core/time.ts';
import type { FilmHour } from '../../../functions/universe/worlds/films/slate-requests.ts';
import { startBackground } from '../host/background-triggers.ts';
import { openRuntime, type Runtime } from '../host/runtime.ts';
import { type City, runPipeline } from './city-phases.ts';
import { CITY_STARTS_AT, HOURS_PER_DAY, inhabit, liveUntil } from './simulate-until.ts';
import { simulatedClock } from './state/simulated-clock.ts';

export interface LivingOptions {
  /** Simulated seconds per second. */
  readonly speed: number;
  /** Told of work that failed; life goes on. */
  readonly onError: (work: string, error: unknown) => void;
}

const RETRAIN_EVERY_HOURS = 7 * HOURS_PER_DAY;

/**
 * The city goes on until `signal`: served by the champion (a tenth of the agents, for ever, by popularity, to compare
 * with), and trained again every simulated week while it lives.
 */
export async function keepLiving(city: City, { speed, onError }: LivingOptions): Promise<void> {
  const { dataDir, size, listener, signal } = city;
  const trainer = await city.trainer;
  const clock = simulatedClock(CITY_STARTS_AT);
  const inhabited = inhabit(size, dataDir);
  clock.set(CITY_STARTS_AT + inhabited.hoursDone * HOUR);
  // People use a living city, and its hours follow the real clock: its service is held to production's deadlines.
  await using runtime = await openRuntime({ dataDir, now: clock.now, trainer, deadlines: realDeadlines() });
  await using background = startBackground(runtime, { onError });
  listener.onRuntime?.(runtime);
  const training = trainer && weekly(city, runtime, onError);
  const pace = pacing(speed, signal);
  try {
    for (let hour = inhabited.hoursDone; !signal.aborted; hour++) {
      const onHour = (lived: FilmHour) => listener.onHour?.(lived, inhabited.universe);
      const now = { universe: inhabited.universe, hoursDone: hour };
      await liveUntil({ runtime, clock, dataDir, inhabited: now, untilHour: hour + 1, onHour });
      training?.after(hour + 1, clock.now());
      await pace();
    }
  } finally {
    await background.stop();
    await training?.ended();
    listener.onRuntime?.(undefined);
  }
}

/** Starts a pipeline run each week, at most one at a time; it does not stop life. */
function weekly(city: City, runtime: Runtime, onError: LivingOptions['onError']) {
  let running: Promise<unknown> = Promise.resolve();
  let busy = false;
  return {
    after(hours: number, asOf: number): void {
      if (busy || hours % RETRAIN_EVERY_HOURS !== 0) return;
      busy = true;
      const input = { asOf, seed: city.size.seed + hours / RETRAIN_EVERY_HOURS, leaveOneOut: false };
      running = runPipeline(runtime, input, city)
        .catch((error: unknown) => onError('pipeline', error))
        .finally(() => {
          busy = false;
        });
    },
    ended: () => running,
  };
}

/** Waits, once per simulated hour, until the wall clock has caught up; a slow hour is not made up for. */
function pacing(speed: number, signal: AbortSignal): () => Promise<void> {
  const hour = HOUR / speed;
  let began = performance.now();
  return async () => {
    const left = began + hour - performance.now();
    await sleep(Math.max(0, left), undefined, { signal }).catch(() => undefined);
    began = performance.now();
  };
}
