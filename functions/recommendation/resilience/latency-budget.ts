/** Time limits of one request, milliseconds. */
export interface Limits<Stage extends string> {
  /** Limit of all stages together. */
  readonly request: number;
  /** Limit of each stage. */
  readonly stages: Readonly<Record<Stage, number>>;
}

/**
 * Returns the time that each stage of a request may take now: its own limit or, if that is less, the rest of the
 * request's.
 *
 * Unit    milliseconds; 0 if no time is left, and then the stage must not start
 * Never   gives a stage more time than the request has left: a slow stage must not delay the response beyond its limit
 *
 * @param elapsed milliseconds since the request started
 */
export function latencyBudget<Stage extends string>(
  { request, stages }: Limits<Stage>,
  elapsed: number,
): Record<Stage, number> {
  const left = Math.max(0, request - elapsed);
  const budget = { ...stages } as Record<Stage, number>;
  for (const stage of Object.keys(stages) as Stage[]) budget[stage] = Math.min(stages[stage], left);
  return budget;
}
