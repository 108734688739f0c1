import type { Scenario } from '#domain/universe/behaviours-and-scenario-schema.ts';
import type { SwitchedScenario } from '#domain/universe/switched-scenario-schema.ts';

/** Faults that apply only in a period. All other faults apply until the scenario is switched off. */
const PERIODS = ['fad', 'outage', 'flashCrowd'] as const;
const isPeriod = (fault: string) => (PERIODS as readonly string[]).includes(fault);

/** Returns the first hour in which no fault of the scenario applies any more; Infinity if the scenario has no end. */
export function endOf({ scenario, fromHour, untilHour = Number.POSITIVE_INFINITY }: SwitchedScenario): number {
  const ends = Object.keys(scenario).every(isPeriod)
    ? PERIODS.map((fault) => periodEnd(scenario[fault]))
    : [Number.POSITIVE_INFINITY];
  return Math.min(untilHour, fromHour + Math.max(0, ...ends));
}

const periodEnd = (period: Scenario[(typeof PERIODS)[number]]) => (period ? period.fromHour + period.hours : 0);

/**
 * Returns the scenario of one hour: the universe's own one and all that are switched on in this hour. If several define
 * the same fault, the one that was switched on last applies.
 */
export function scenarioAt(own: Scenario, switched: readonly SwitchedScenario[], hour: number): Scenario {
  const active = switched.filter((each) => each.fromHour <= hour && hour < endOf(each));
  return Object.assign({}, own, ...active.map((each) => fromNowOn(each, hour)));
}

/** Returns the scenario with hours that count from the start of the universe, without periods that have ended. */
function fromNowOn({ scenario, fromHour: on }: SwitchedScenario, hour: number): Scenario {
  const absolute = structuredClone(scenario) as Record<string, object>;
  for (const fault of PERIODS) {
    const period = scenario[fault];
    if (!period) continue;
    if (hour >= on + periodEnd(period)) delete absolute[fault];
    else absolute[fault] = { ...period, fromHour: period.fromHour + on };
  }
  return absolute as Scenario;
}
