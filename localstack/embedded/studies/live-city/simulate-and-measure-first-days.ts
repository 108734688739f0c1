import { hangGuard } from '#adapters/deadlines/hang-guard-for-simulated-runs.ts';
import type { BatchSeams } from '#domain/events/all-bricks-seam-types.ts';
import type { CitySide } from '#domain/experiments/live-check-figure-types.ts';
import type { Scenario } from '#domain/universe/behaviours-and-scenario-schema.ts';
import {
  type Outcomes,
  outcomesOf,
  policyResult,
} from '../../../../functions/universe/engine/compute-policy-result-and-lift.ts';
import { simulateHours } from '../../../../functions/universe/engine/simulation-loop.ts';
import { createUniverse } from '../../../../functions/universe/worlds/films/create-universe.ts';
import {
  EMPTY_SLATE,
  serviceSlate,
} from '../../../../functions/universe/worlds/films/request-slate-from-service-or-oracle.ts';
import { faultCounter } from '../../city/count-serving-faults.ts';
import { FIRST_EXPLORATION } from '../../city/first-week-pipeline-and-twins.ts';
import { CITY_STARTS_AT, HOURS_PER_DAY } from '../../city/simulate-until.ts';
import { simulatedClock } from '../../city/state/simulated-clock.ts';
import { openRuntime } from '../../host/open-runtime.ts';
import { type WrongClocks, withWrongClocks } from './add-events-with-wrong-clocks.ts';
import { countDeliveries } from './count-deliveries-and-false-rejections.ts';

export interface LiveCitySize {
  readonly seed: number;
  readonly agents: number;
  readonly days: number;
  /** @default - no faults */
  readonly scenario?: Scenario;
  /** @default - all clocks are right, apart from the scenario's skew */
  readonly wrongClocks?: WrongClocks;
}

/** One measured city. */
export interface LiveCity {
  readonly side: CitySide;
  /** Outcomes by agent, so that two cities with the same agents can be compared in pairs. */
  readonly outcomes: Outcomes;
}

/** Number of titles in a live city. */
const TITLES = 200;

/**
 * Simulates the first days of a small city, in which popularity serves all agents, and measures it.
 *
 * @param dataDir an empty folder
 * @param seams a learner's functions; without any, the reference runs
 * @param onDay is called after each simulated day
 */
export async function runLiveCity(
  { days, wrongClocks, ...size }: LiveCitySize,
  dataDir: string,
  seams: Partial<BatchSeams> = {},
  onDay: (day: number) => void = () => undefined,
): Promise<LiveCity> {
  const clock = simulatedClock(CITY_STARTS_AT);
  const guard = hangGuard();
  const settings = { policy: 'popular', holdbackShare: 0, explorationShare: FIRST_EXPLORATION } as const;
  const { now } = clock;
  await using runtime = await openRuntime({ dataDir, now, settings, deadlines: guard, logLevel: 'SILENT' });
  runtime.useSeams(seams);
  const universe = createUniverse({ ...size, titles: TITLES, startAt: CITY_STARTS_AT });
  universe.measureFrom(0);
  const faults = faultCounter(guard);
  const deliveries = countDeliveries(runtime.api, now);
  let sessions = 0;
  await simulateHours(
    {
      universe: {
        ...universe,
        arriving: (hour, events) => {
          const arriving = universe.arriving(hour, events);
          return wrongClocks ? withWrongClocks(arriving, wrongClocks, now()) : arriving;
        },
      },
      api: deliveries.api,
      respond: serviceSlate(runtime.api),
      duringOutage: EMPTY_SLATE,
      setClock: clock.set,
      checkpoint: () => {},
      settle: () => runtime.settle(['update-online'], now()),
      // A learner's code may reject any event, and the scenario sends events that the reference rejects.
      mayReject: () => true,
      onHour: (filmHour) => {
        faults.add(filmHour);
        sessions += filmHour.sessions.length;
        if ((filmHour.hour + 1) % HOURS_PER_DAY === 0) onDay((filmHour.hour + 1) / HOURS_PER_DAY);
      },
    },
    0,
    days * HOURS_PER_DAY,
  );
  const outcomes = outcomesOf(universe.state);
  const { playsPerSession, utilityPerSession } = policyResult(outcomes, days);
  const side = { sessions, playsPerSession, utilityPerSession, ...deliveries.total(), ...faults.total() };
  return { side, outcomes };
}
