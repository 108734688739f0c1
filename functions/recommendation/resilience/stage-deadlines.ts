import type { Deadline } from '#ports/request-deadlines.ts';
import { type Limits, latencyBudget } from './latency-budget.ts';

/**
 * Time limits of a request and of the stages that make a slate, milliseconds. Loading a model or the catalogue is not a
 * stage: a process caches them for all requests.
 */
export const LIMITS = {
  request: 500,
  stages: { profile: 300, cache: 50, retrieve: 150, rank: 150, popular: 150 },
} as const satisfies Limits<string>;

export type Stage = keyof (typeof LIMITS)['stages'];
export type SlateLimits = Limits<Stage>;

/**
 * Runs one stage within its limit. `name` distinguishes parts of a stage in the error.
 *
 * @throws DeadlinePassed, or the stage's error
 */
export type Budget = <Result>(stage: Stage, work: () => Promise<Result>, name?: string) => Promise<Result>;

/** Returns the budget of one request. @param deadline deadline of the request, which measures the elapsed time */
export function stageDeadlines(deadline: Deadline, limits: SlateLimits = LIMITS): Budget {
  // In a simulated run, the remaining time exceeds the limit (hang-guard-for-simulated-runs.ts), so no time counts as elapsed.
  const elapsed = () => Math.max(0, limits.request - deadline.remaining());
  return (stage, work, name = stage) => deadline.run(name, latencyBudget(limits, elapsed())[stage], work);
}
