import { DAY, HOUR } from '#domain/core/time.ts';
import type { TriggerName } from '../../../functions/triggers.ts';
import { simulateHours } from '../../../functions/universe/engine/simulation-loop.ts';
import type { FilmHour } from '../../../functions/universe/worlds/films/slate-requests.ts';
import { EMPTY_SLATE, serviceSlate } from '../../../functions/universe/worlds/films/slate-requests.ts';
import { createUniverse, type Universe } from '../../../functions/universe/worlds/films/universe.ts';
import type { Runtime } from '../host/runtime.ts';
import { checkpointFile } from './state/checkpoint.ts';
import type { CitySize } from './state/city-state.ts';
import type { SimulatedClock } from './state/simulated-clock.ts';

/** Monday, 5 January 2026, 00:00 UTC: when every city begins. */
export const CITY_STARTS_AT = Date.UTC(2026, 0, 5);
export const HOURS_PER_DAY = DAY / HOUR;

export interface Inhabited {
  readonly universe: Universe;
  /** Hours already lived and written down. */
  readonly hoursDone: number;
}

/** The city's people as they were left at the last whole hour. */
export function inhabit({ days: _, ...size }: CitySize, dataDir: string): Inhabited {
  const universe = createUniverse({ ...size, startAt: CITY_STARTS_AT });
  const checkpoint = checkpointFile(dataDir).read();
  if (checkpoint) universe.restore(checkpoint.universe);
  return { universe, hoursDone: checkpoint?.hoursDone ?? 0 };
}

export interface Living {
  readonly runtime: Runtime;
  readonly clock: SimulatedClock;
  readonly dataDir: string;
  readonly inhabited: Inhabited;
  readonly untilHour: number;
  readonly onHour?: (lived: FilmHour) => void;
  readonly signal?: AbortSignal;
}

/**
 * Lets agents live against the running service until an hour. Online features follow every hour; the archiver, whose
 * files are by hour anyway, once a day and at the end.
 */
export async function liveUntil({
  runtime,
  clock,
  dataDir,
  inhabited,
  untilHour,
  onHour,
  signal,
}: Living): Promise<void> {
  const { universe, hoursDone } = inhabited;
  const checkpoints = checkpointFile(dataDir);
  clock.set(CITY_STARTS_AT + hoursDone * HOUR - 1);
  // What a killed run had posted of an hour that it did not write down lies in the log: nobody may know it before that
  // hour has been lived again.
  const settle = (only?: readonly TriggerName[]) => runtime.settle(only, clock.now());
  // Finishes what a killed run had written down but not yet delivered.
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
      onHour,
      signal,
    },
    hoursDone,
    untilHour,
  );
}

const isDayEnd = (hour: number, untilHour: number): boolean =>
  (hour + 1) % HOURS_PER_DAY === 0 || hour + 1 === untilHour;
