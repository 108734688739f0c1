import type { ScenarioView } from '../../../localstack/embedded/city/scenarios/scenario-api-schemas.ts';
import { dateTime } from '../../console/format-values-and-tables.ts';

export interface ScenarioOptions {
  readonly home: string;
  readonly json?: boolean;
}

/** Returns the period of a scenario in simulated time. */
export const period = ({ from, until }: ScenarioView): string =>
  `from ${dateTime(from)}${until === null ? '' : ` until ${dateTime(until)}`}`;
