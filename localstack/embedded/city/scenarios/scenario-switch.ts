import { HOUR } from '#domain/core/time.ts';
import type { Scenario } from '#domain/universe/behaviours-and-scenario-schema.ts';
import type { SwitchedScenario } from '#domain/universe/switched-scenario-schema.ts';
import { endOf, scenarioAt } from '../../../../functions/universe/engine/combine-switched-scenarios.ts';
import { CITY_STARTS_AT } from '../simulate-until.ts';
import type { ScenarioView } from './scenario-api-schemas.ts';
import { switchedScenariosFile } from './switched-scenarios-file.ts';

/** Switches scenarios on and off in a running city. A change applies from the next simulated hour on. */
export interface ScenarioSwitch {
  /**
   * Begins an hour. All earlier hours must have been checkpointed.
   *
   * @returns the scenario of the hour. @param own scenario that belongs to the size of the city
   */
  beginHour(hour: number, own: Scenario): Scenario;
  /** Records that the simulation has stopped. */
  stop(): void;
  /** Whether the simulation runs, so that scenarios can be switched. */
  isRunning(): boolean;
  /** Returns the scenarios that are on, oldest first. */
  view(): ScenarioView[];
  /** Switches a scenario on. If it is on already, its hours start again. */
  on(name: string, scenario: Scenario): void;
  /** Switches a scenario off. @returns whether it was on */
  off(name: string): boolean;
}

/**
 * @param onChange called after each change of the scenarios that are on, and at the first hour
 */
export function scenarioSwitch(
  worldFolder: string,
  onChange: (scenarios: readonly ScenarioView[]) => void = () => undefined,
): ScenarioSwitch {
  const file = switchedScenariosFile(worldFolder);
  let switched: readonly SwitchedScenario[] = [];
  let current: number | undefined;
  const next = () => (current ?? 0) + 1;
  const isOn = (each: SwitchedScenario) => endOf(each) > next();
  const view = () => switched.filter(isOn).map(viewOf);
  const replace = (changed: readonly SwitchedScenario[]): void => {
    file.write(changed);
    switched = changed;
    onChange(view());
  };
  /** Returns all scenarios; the named one ends with the current hour. */
  const without = (name: string) =>
    switched
      .map((each) => (each.name === name && isOn(each) ? { ...each, untilHour: next() } : each))
      .filter(({ fromHour, untilHour }) => fromHour !== untilHour);
  return {
    beginHour(hour, own) {
      if (current === undefined) switched = file.read();
      const isFirst = current === undefined;
      current = hour;
      const remaining = switched.filter((each) => endOf(each) > hour);
      if (remaining.length < switched.length) replace(remaining);
      else if (isFirst || switched.some((each) => endOf(each) === hour + 1)) onChange(view());
      return scenarioAt(own, switched, hour);
    },
    stop: () => {
      current = undefined;
    },
    isRunning: () => current !== undefined,
    view,
    on: (name, scenario) => replace([...without(name), { name, scenario, fromHour: next() }]),
    off(name) {
      const wasOn = switched.some((each) => each.name === name && isOn(each));
      if (wasOn) replace(without(name));
      return wasOn;
    },
  };
}

/** Describes a scenario with times. */
export function viewOf(switched: SwitchedScenario): ScenarioView {
  const [end, { name, scenario, fromHour }] = [endOf(switched), switched];
  const at = (hour: number) => CITY_STARTS_AT + hour * HOUR;
  return { name, scenario, from: at(fromHour), until: Number.isFinite(end) ? at(end) : null };
}
