import type { CitySize } from '../../localstack/embedded/city/state/persist-size-and-phase.ts';
import { readScenario } from './scenario-by-name-or-json-path.ts';

/** The size of a city as command-line options. */
export interface SizeOptions extends Partial<Omit<CitySize, 'scenario'>> {
  /** Path of a scenario file. */
  readonly scenario?: string;
}

/** Size of a new city. Its two weeks take about three minutes on two processors. */
export const DEFAULT_SIZE: CitySize = { seed: 1, agents: 10_000, titles: 1_000, days: 7 };

/** Returns only the values that were given, because an existing city keeps all others. @throws InvalidScenario */
export function givenSize({ seed, agents, titles, days, off, scenario }: SizeOptions): Partial<CitySize> {
  const given = { seed, agents, titles, days, off, scenario: scenario && readScenario(scenario) };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
