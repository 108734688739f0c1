import { DAY, HOUR } from '#domain/core/time.ts';
import type { TriggerName } from '../../../functions/triggers.ts';
import { simulateHours } from '../../../functions/universe/engine/simulation-loop.ts';
import { createUniverse, type Universe } from '../../../functions/universe/worlds/films/create-universe.ts';
import type { FilmHour } from '../../../functions/universe/worlds/films/request-slate-from-service-or-oracle.ts';
import {
  EMPTY_SLATE,
  serviceSlate,
} from '../../../functions/universe/worlds/films/request-slate-from-service-or-oracle.ts';
import type { Runtime } from '../host/open-runtime.ts';
import { type RetryOptions, retryPassingFaults } from '../process/retry-passing-faults.ts';
import type { CitySize } from './state/persist-size-and-phase.ts';
import type { SimulatedClock } from './state/simulated-clock.ts';
import { type Checkpoint, checkpointFile } from './state/simulation-checkpoint-file.ts';

/** Start of every city: Monday, 5 January 2026, 00:00 UTC. */
export const CITY_STARTS_AT = Date.UTC(2026, 0, 5);
export const HOURS_PER_DAY = DAY / HOUR;

export interface RestoredUniverse {
  readonly universe: Universe;
  /** Hours that have been simulated and checkpointed. */
  readonly hoursDone: number;
}

/** Restores the city's universe from its checkpoint at the last full hour. */
export function restoreUniverse({ days: _, ...size }: CitySize, dataDir: string): RestoredUniverse {
  const universe = createUniverse({ ...size, startAt: CITY_STARTS_AT });
  const checkpoint = checkpointFile(dataDir).read();
  if (checkpoint) universe.restore(checkpoint.universe);
  return { universe, hoursDone: checkpoint?.hoursDone ?? 0 };
}

export interface SimulationOptions extends RetryOptions {
  readonly runtime: Runtime;
  readonly clock: SimulatedClock;
  readonly dataDir: string;
  readonly restored: RestoredUniverse;
  readonly untilHour: number;
  readonly onHour?: (filmHour: FilmHour) => void;
}

/**
 * Simulates agents against the running service until `untilHour`, counted from the start of the city. Online features
 * are updated every hour. All other consumers, such as the archiver, run once a day and at the end. While the disk is
 * full or the service does not respond in time, the simulation waits. Then it repeats the hour in which it failed: the
 * same events, which the service recognises.
 */
export async function simulateUntil(options: SimulationOptions): Promise<void> {
  const { clock, restored } = options;
  const { universe, hoursDone } = restored;
  const checkpoints = checkpointFile(options.dataDir);
  // Before the first hour is complete, there is no checkpoint.
  const begin = { hoursDone, universe: universe.save() };
  let last: Checkpoint = begin;
  await retryPassingFaults(async () => {
    universe.restore(last.universe);
    try {
      await simulateFrom(options, checkpoints, last.hoursDone);
    } catch (error) {
      last = checkpoints.read() ?? begin;
      clock.rewind(CITY_STARTS_AT + last.hoursDone * HOUR - 1);
      throw error;
    }
  }, options);
}

async function simulateFrom(
  { runtime, clock, restored: { universe }, untilHour, onHour, signal }: SimulationOptions,
  checkpoints: ReturnType<typeof checkpointFile>,
  hoursDone: number,
): Promise<void> {
  clock.set(CITY_STARTS_AT + hoursDone * HOUR - 1);
  // A killed run may have posted part of an hour without a checkpoint. `settle` delivers only events up to the clock's
  // time, so those events are not delivered before that hour is simulated again.
  const settle = (only?: readonly TriggerName[]) => runtime.settle(only, clock.now(), signal);
  // Delivers events that a killed run had checkpointed but not delivered.
  if (hoursDone > 0) await settle();
  await simulateHours(
    {
      universe,
      api: runtime.api,
      respond: serviceSlate(runtime.api),
      duringOutage: EMPTY_SLATE,
      setClock: clock.set,
      checkpoint: (done) => checkpoints.write({ hoursDone: done, universe: universe.save() }),
      settle: (hour) => settle(isDayEnd(hour, untilHour) ? undefined : ['update-online']),
      mayReject: runtime.usedLearnersCode,
      onHour,
      signal,
    },
    hoursDone,
    untilHour,
  );
}

const isDayEnd = (hour: number, untilHour: number): boolean =>
  (hour + 1) % HOURS_PER_DAY === 0 || hour + 1 === untilHour;
