import { DeadlinePassed, within } from './within.ts';

/** The most that a stage may take of a request's time, milliseconds. */
const STAGE_MS = { profile: 300, cache: 50, retrieve: 150, rank: 150, popular: 150 } as const;
/** For all stages of a request together. Loading a champion or the catalogue is no stage: it is done once, not per request. */
const REQUEST_MS = 500;

export type Stage = keyof typeof STAGE_MS;
export interface Limits {
  readonly request: number;
  readonly stages: Readonly<Record<Stage, number>>;
}
export const LIMITS: Limits = { request: REQUEST_MS, stages: STAGE_MS };

/** Runs one stage; `name` tells parts of a stage apart in the error. @throws DeadlinePassed, or what the stage throws */
export type Budget = <Result>(stage: Stage, work: () => Promise<Result>, name?: string) => Promise<Result>;

/** A request's time: each stage gets its own limit, or what is left where that is less. */
export function budgetOf({ request, stages }: Limits = LIMITS, elapsed = stopwatch()): Budget {
  return async (stage, work, name = stage) => {
    const most = Math.min(stages[stage], request - elapsed());
    if (most <= 0) throw new DeadlinePassed(`what came before ${name}`, request);
    return within(name, most, work());
  };
}

/** Milliseconds of real time since it was made: deadlines are about machines, not about the simulated clock. */
function stopwatch(): () => number {
  const start = performance.now();
  return () => performance.now() - start;
}
