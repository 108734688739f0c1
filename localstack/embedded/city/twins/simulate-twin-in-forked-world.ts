import { hangGuard } from '#adapters/deadlines/hang-guard-for-simulated-runs.ts';
import { HOUR } from '#domain/core/time.ts';
import { type Outcomes, outcomesOf } from '../../../../functions/universe/engine/compute-policy-result-and-lift.ts';
import { simulateHours } from '../../../../functions/universe/engine/simulation-loop.ts';
import {
  EMPTY_SLATE,
  oracleSlate,
  serviceSlate,
} from '../../../../functions/universe/worlds/films/request-slate-from-service-or-oracle.ts';
import { openRuntime } from '../../host/open-runtime.ts';
import { faultCounter, type ServingFaults } from '../count-serving-faults.ts';
import type { TwinName } from '../policy-comparison-report.ts';
import { CITY_STARTS_AT, HOURS_PER_DAY, restoreUniverse } from '../simulate-until.ts';
import type { CitySize } from '../state/persist-size-and-phase.ts';
import { simulatedClock } from '../state/simulated-clock.ts';

/** Parameters of one twin: a forked world, a policy and a number of days. */
export interface TwinTask {
  readonly policy: TwinName;
  readonly dataDir: string;
  readonly size: CitySize;
  readonly days: number;
}

/** Results of one twin: its agents' outcomes and its service's faults. */
export interface TwinResult {
  readonly outcomes: Outcomes;
  readonly faults: ServingFaults;
}

type OnDay = (day: number, sessions: number) => void;

/** Simulates a measured period in a forked world. The oracle's slates come from the universe, not from the service. */
export async function simulateTwin({ policy, dataDir, size, days }: TwinTask, onDay?: OnDay): Promise<TwinResult> {
  const clock = simulatedClock(CITY_STARTS_AT);
  const guard = hangGuard();
  const settings = { policy: policy === 'oracle' ? 'popular' : policy, holdbackShare: 0 } as const;
  await using runtime = await openRuntime({ dataDir, now: clock.now, settings, deadlines: guard });
  const { universe, hoursDone } = restoreUniverse(size, dataDir);
  universe.measureFrom(hoursDone);
  clock.set(CITY_STARTS_AT + hoursDone * HOUR);
  const faults = faultCounter(guard);
  let sessions = 0;
  await simulateHours(
    {
      universe,
      api: runtime.api,
      respond: policy === 'oracle' ? oracleSlate(universe) : serviceSlate(runtime.api),
      duringOutage: EMPTY_SLATE,
      setClock: clock.set,
      // Twins are short: an interrupted one restarts from its fork.
      checkpoint: () => {},
      settle: () => runtime.settle(['update-online']),
      onHour: (filmHour) => {
        faults.add(filmHour);
        sessions += filmHour.sessions.length;
        const done = filmHour.hour + 1 - hoursDone;
        if (done % HOURS_PER_DAY === 0) onDay?.(done / HOURS_PER_DAY, sessions);
      },
    },
    hoursDone,
    hoursDone + days * HOURS_PER_DAY,
  );
  return { outcomes: outcomesOf(universe.state), faults: faults.total() };
}
