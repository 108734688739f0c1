import { z } from 'zod';
import { Scenario } from '#domain/universe/behaviours-and-scenario-schema.ts';
import { ScenarioName } from '#domain/universe/switched-scenario-schema.ts';

/** Types of the requests and responses of `/v1/scenarios`, for the server and its clients. */

export const SCENARIOS_PATH = '/v1/scenarios';

/** A scenario that is on. Times are simulated, UTC epoch milliseconds. */
export const ScenarioView = z.object({
  name: ScenarioName,
  scenario: Scenario,
  from: z.number(),
  /** Null if it has no end: it is on until it is switched off. */
  until: z.number().nullable(),
});
export type ScenarioView = z.infer<typeof ScenarioView>;

/** Body of `POST /v1/scenarios`. */
export const SwitchOn = z.strictObject({
  name: ScenarioName,
  /** @default - the named scenario */
  scenario: Scenario.optional(),
});

/** Response of all methods of `/v1/scenarios`. */
export const ScenariosOn = z.object({ isRunning: z.boolean(), scenarios: z.array(ScenarioView) });
export type ScenariosOn = z.infer<typeof ScenariosOn>;
