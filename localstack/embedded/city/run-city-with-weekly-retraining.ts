import { setTimeout as sleep } from 'node:timers/promises';
import { realDeadlines } from '#adapters/deadlines/real-time-deadlines.ts';
import { HOUR } from '#domain/core/time.ts';
import type { FilmHour } from '../../../functions/universe/worlds/films/request-slate-from-service-or-oracle.ts';
import { startBackground } from '../host/background-triggers.ts';
import { openRuntime, type Runtime } from '../host/open-runtime.ts';
import { retryPassingFaults } from '../process/retry-passing-faults.ts';
import { type City, consumersOf, runPipeline } from './first-week-pipeline-and-twins.ts';
import { type ScenarioSwitch, scenarioSwitch } from './scenarios/scenario-switch.ts';
import { CITY_STARTS_AT, HOURS_PER_DAY, restoreUniverse, simulateUntil } from './simulate-until.ts';
import { simulatedClock } from './state/simulated-clock.ts';

export interface RunCityOptions {
  /** Simulated seconds per real second. */
  readonly speed: number;
  /** @default - the scenarios that are on stay on, and nothing switches them */
  readonly scenarios?: Pick<ScenarioSwitch, 'beginHour' | 'stop'>;
  /** Called when background work fails; the simulation continues. */
  readonly onError: (work: string, error: unknown) => void;
}

const RETRAIN_EVERY_HOURS = 7 * HOURS_PER_DAY;

/**
 * Runs the city until `signal` is aborted. The champion serves all agents except a tenth, the permanent popularity
 * holdback. A new model is trained every simulated week.
 */
export async function runCity(city: City, { speed, scenarios, onError }: RunCityOptions): Promise<void> {
  const { dataDir, lock, size, listener, signal } = city;
  const weather = scenarios ?? scenarioSwitch(dataDir);
  const trainer = await city.trainer;
  const clock = simulatedClock(CITY_STARTS_AT);
  const restored = restoreUniverse(size, dataDir);
  clock.set(CITY_STARTS_AT + restored.hoursDone * HOUR);
  // People use a running city, and its hours follow the real clock, so production's deadlines apply.
  await using runtime = await openRuntime({
    ...{ dataDir, lock, now: clock.now, trainer, deadlines: realDeadlines() },
    ...consumersOf(listener),
  });
  await using background = startBackground(runtime, { onError });
  listener.onRuntime?.(runtime);
  const training = trainer && weekly(city, runtime, onError);
  const pace = pacing(speed, signal);
  const waits = { onPaused: listener.onPaused, signal };
  try {
    for (let hour = restored.hoursDone; !signal.aborted; hour++) {
      const scenario = await retryPassingFaults(() => weather.beginHour(hour, size.scenario ?? {}), waits);
      restored.universe.setScenario(scenario);
      const onHour = (filmHour: FilmHour) => listener.onHour?.(filmHour, restored.universe);
      const now = { universe: restored.universe, hoursDone: hour };
      await simulateUntil({ runtime, clock, dataDir, restored: now, untilHour: hour + 1, onHour, ...waits });
      training?.after(hour + 1, clock.now());
      await pace();
    }
  } catch (error) {
    // The simulation was stopped while it waited, for instance because the disk was full.
    if (!signal.aborted) throw error;
  } finally {
    weather.stop();
    await background.stop();
    await training?.ended();
    listener.onRuntime?.(undefined);
  }
}

/** Starts a pipeline run each week, at most one at a time, while the simulation continues. */
function weekly(city: City, runtime: Runtime, onError: RunCityOptions['onError']) {
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

/**
 * Returns a function that waits until the current simulated hour has lasted `1 / speed` real hours. Time lost in a slow
 * hour is not made up later.
 */
function pacing(speed: number, signal: AbortSignal): () => Promise<void> {
  const hour = HOUR / speed;
  let began = performance.now();
  return async () => {
    const left = began + hour - performance.now();
    await sleep(Math.max(0, left), undefined, { signal }).catch(() => undefined);
    began = performance.now();
  };
}
