import { Scenario } from './behaviours-and-scenario-schema.ts';

export interface NamedScenario {
  readonly name: string;
  readonly description: string;
  /** Hours count from the moment at which the scenario is switched on. */
  readonly scenario: Scenario;
}

const late = { share: 0.05, fromMinutes: 1, toMinutes: 3 * 24 * 60 };
const duplicates = { share: 0.02 };
const outOfOrder = { share: 0.02 };
const malformed = { share: 0.01 };
const skewedClocks = { share: 0.03, upToMinutes: 5 };

const named = (name: string, description: string, scenario: Scenario): NamedScenario => ({
  name,
  description,
  scenario: Scenario.parse(scenario),
});

/** Scenarios that a running city knows by name: one for each kind of fault, and all client faults together. */
export const NAMED_SCENARIOS: readonly NamedScenario[] = [
  named('client-faults', 'late, repeated, reordered and malformed events, and clocks that are wrong', {
    ...{ late, duplicates, outOfOrder, malformed, skewedClocks },
  }),
  named('late', '5 % of the events arrive a minute to three days late', { late }),
  named('duplicates', '2 % of the events are sent twice', { duplicates }),
  named('out-of-order', '2 % of the events are sent before earlier ones', { outOfOrder }),
  named('malformed', '1 % of the events are followed by a malformed copy', { malformed }),
  named('skewed-clocks', '3 % of the agents have clocks that are up to five minutes wrong', { skewedClocks }),
  named('bots', '1 in 1,000 agents is a program that plays every title of its slates', {
    bots: { share: 0.001, sessionsPerDay: 12 },
  }),
  named('fad', 'for two days, all agents like horror films more than usual', {
    fad: { fromHour: 0, hours: 48, genre: 'Horror', strength: 0.5 },
  }),
  named('outage', 'for three hours, agents cannot reach the service', { outage: { fromHour: 0, hours: 3 } }),
  named('flash-crowd', 'for four hours, agents start five times as many sessions', {
    flashCrowd: { fromHour: 0, hours: 4, factor: 5 },
  }),
];

/** Returns the named scenario, or undefined if no scenario has this name. */
export const namedScenario = (name: string): NamedScenario | undefined =>
  NAMED_SCENARIOS.find((scenario) => scenario.name === name);
