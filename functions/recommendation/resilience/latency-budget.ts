import type { Deadline } from '#ports/deadlines.ts';

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

/** Returns a request's budget. The deadline decides which clock the limits follow. @param deadline of this request */
export const budgetOf =
  (deadline: Deadline, { stages }: Pick<Limits, 'stages'> = LIMITS): Budget =>
  (stage, work, name = stage) =>
    deadline.run(name, stages[stage], work);
