import { z } from 'zod';
import { Scenario } from './behaviours-and-scenario-schema.ts';

export const ScenarioName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,40}$/);

/** A scenario that was switched on in a running city. */
export const SwitchedScenario = z.strictObject({
  name: ScenarioName,
  /** Its hours count from `fromHour`. */
  scenario: Scenario,
  /** First hour with the scenario, counted from the start of the universe. */
  fromHour: z.int().min(0),
  /** First hour without the scenario. @default - it was not switched off */
  untilHour: z.int().min(0).optional(),
});
export type SwitchedScenario = z.infer<typeof SwitchedScenario>;
